import { urlOf } from "@millrace/service/addresses";
import { z } from "zod";

const WANTED = "the address of a gateway with replicas, such as http://inference:4100";

/** @see passOn */
const Upstream = z.string({ error: `is not set; wanted ${WANTED}` }).transform((text, context): string => {
  const url = urlOf(text, ["http:", "https:"]);
  // What stands before the host may be a password: its words are not repeated.
  if (url?.href === `${url?.origin}/`) return url.origin;
  context.addIssue({ code: "custom", message: `wanted ${WANTED}, found something else` });
  return z.NEVER;
});

/**
 * Reads `MILLRACE_UPSTREAM`.
 * @throws {Error} If it is absent or no such address.
 */
export function upstreamSetting({ MILLRACE_UPSTREAM }: Readonly<Record<string, unknown>>): string {
  const result = Upstream.safeParse(MILLRACE_UPSTREAM);
  if (result.success) return result.data;
  throw new Error(`starting inference: MILLRACE_UPSTREAM ${result.error.issues[0]?.message}`);
}
