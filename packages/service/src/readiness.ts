import { DEFAULT_PROJECT } from "@millrace/contracts";
import { sql } from "drizzle-orm";
import type { Ports } from "./ports.ts";

/** Whoever asks gives up after some seconds, and so must we. */
const PATIENCE_MS = 2000;
/** Nobody knows bytes of this hash: that there are none is an answer too. */
const NO_ARTIFACT = "0".repeat(64);

/** A part that does not answer. */
export interface Missing {
  readonly what: string;
  readonly error: unknown;
}

/** Asks what a service stands on, all at once. */
export async function unready({ database, bus, artifacts }: Ports): Promise<Missing[]> {
  const asked: readonly (readonly [string, Promise<unknown>])[] = [
    ["the database", database.drizzle.execute(sql`select 1`)],
    ["the event bus", bus.check()],
    ["the artifact store", artifacts.forProject(DEFAULT_PROJECT).has(NO_ARTIFACT)],
  ];
  const found = await Promise.all(
    asked.map(async ([what, answer]): Promise<Missing[]> => {
      try {
        await inTime(answer);
        return [];
      } catch (error) {
        return [{ what, error }];
      }
    }),
  );
  return found.flat();
}

async function inTime(answer: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`found no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
