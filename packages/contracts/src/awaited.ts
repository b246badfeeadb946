/** What a run waits for that only a person gives it. */
import { z } from "zod";

export const Awaited = z.strictObject({
  /** The verb of `millrace rollout` that ends the wait. */
  act: z.enum(["approve", "start", "promote", "resume"]),
  /** Such as `docs@2`. */
  version: z.string(),
  /** Who asked for it and may not approve; null for what anybody who may deploy may do. */
  requestedBy: z.string().nullable(),
  /** Since when. Absent: it has been waiting since before that was noted. */
  since: z.iso.datetime().optional(),
});
export type Awaited = z.infer<typeof Awaited>;

/** What is waited for, in a sentence without its stop. */
export function awaitedWords({ act, version }: Pick<Awaited, "act" | "version">): string {
  switch (act) {
    case "approve":
      return `${version} waits for approval`;
    case "start":
      return `${version} is ready and waits to be rolled out, which no rule does`;
    case "promote":
      return `${version} is healthy as a canary and waits for all traffic, which no rule gives it`;
    case "resume":
      return `${version} is paused as a canary and waits to be resumed`;
  }
}

/** What ends the wait, without the options that name a place. */
export function awaitedCommand({ act, version }: Pick<Awaited, "act" | "version">): string {
  return `npx millrace rollout ${act} ${version}`;
}
