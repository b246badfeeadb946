import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claim, sqliteConsumer } from "./sqlite_consumer.ts";
import { openSqliteFile } from "./sqlite_file.ts";
import { sqliteLog } from "./sqlite_log.ts";

const TYPES = ["millrace.corpus.cleaned.v1", "millrace.corpus.shard.cleaned.v1"];
const FOREIGN = "millrace.corpus.collected.v1";
const ACK_WAIT_MS = 100;

type Action =
  | { readonly do: "publish"; readonly type: string }
  | { readonly do: "claim" }
  | { readonly do: "settle"; readonly pick: number }
  | { readonly do: "extend"; readonly pick: number }
  | { readonly do: "giveBack"; readonly pick: number; readonly delayMs: number }
  | { readonly do: "pass"; readonly ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant("publish" as const), type: fc.constantFrom(...TYPES, FOREIGN) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const) }) },
  fc.record({ do: fc.constant("settle" as const), pick: fc.nat(5) }),
  fc.record({ do: fc.constant("extend" as const), pick: fc.nat(5) }),
  fc.record({ do: fc.constant("giveBack" as const), pick: fc.nat(5), delayMs: fc.nat(150) }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(1, 50, 100) }),
);

/** What a consumer should do, the obvious way: plain lists instead of tables. */
function model(maxInFlight: number) {
  const waiting: number[] = [];
  const inFlight = new Map<number, { attempt: number; dueAt: number }>();
  return {
    publish: (sequence: number) => waiting.push(sequence),
    claim(now: number): { sequence: number; attempt: number } | undefined {
      const due = [...inFlight].filter(([, { dueAt }]) => dueAt <= now).map(([sequence]) => sequence);
      const sequence = due.length > 0 ? Math.min(...due) : inFlight.size < maxInFlight ? waiting.shift() : undefined;
      if (sequence === undefined) return undefined;
      const attempt = (inFlight.get(sequence)?.attempt ?? 0) + 1;
      inFlight.set(sequence, { attempt, dueAt: now + ACK_WAIT_MS });
      return { sequence, attempt };
    },
    settle: (sequence: number) => inFlight.delete(sequence),
    move({ event, attempt }: Claim, dueAt: number) {
      const found = inFlight.get(event.sequence);
      if (found?.attempt === attempt) found.dueAt = dueAt;
    },
  };
}

/** Runs the actions on a consumer and on the model; they must claim the same all the way. */
function follow(actions: readonly Action[], maxInFlight: number): void {
  let now = 0;
  const clock = () => now;
  const database = openSqliteFile(":memory:");
  const log = sqliteLog(database, clock, Infinity);
  const options = { consumer: "test", stream: "MILLRACE_CORPUS", types: TYPES, maxInFlight, ackWaitMs: ACK_WAIT_MS };
  const expected = model(maxInFlight);
  const claims: Claim[] = [];
  for (const [index, step] of actions.entries()) {
    // Opened anew for each step: all of its state is in the file.
    const consumer = sqliteConsumer(database, clock, options);
    if (step.do === "publish") {
      const subject = step.type.replace("millrace.", "millrace.default.");
      const [receipt] = log.append([{ stream: "MILLRACE_CORPUS", subject, messageId: `${index}`, payload: "{}" }]);
      if (receipt && step.type !== FOREIGN) expected.publish(receipt.sequence);
    } else if (step.do === "claim") {
      const claim = consumer.claim();
      expect(claim && { sequence: claim.event.sequence, attempt: claim.attempt }).toEqual(expected.claim(now));
      if (claim) claims.push(claim);
    } else if (step.do === "pass") {
      now += step.ms;
    } else {
      const claim = claims[step.pick % claims.length];
      if (!claim) continue;
      if (step.do === "settle") {
        consumer.settle(claim.event.sequence);
        expected.settle(claim.event.sequence);
      } else if (step.do === "extend") {
        consumer.extend(claim);
        expected.move(claim, now + ACK_WAIT_MS);
      } else {
        consumer.giveBack(claim, step.delayMs);
        expected.move(claim, now + step.delayMs);
      }
    }
  }
  database.close();
}

describe("sqliteConsumer()", () => {
  test("claims as the model does whatever is published, settled, given back or left to expire", () => {
    fc.assert(fc.property(fc.array(action, { maxLength: 60, size: "max" }), fc.integer({ min: 1, max: 4 }), follow), {
      numRuns: 400,
    });
  });

  test("claims the least of several types without skipping one", () => {
    const database = openSqliteFile(":memory:");
    const log = sqliteLog(database, () => 0, Infinity);
    const subjects = [1, 0, 0, 1, 0].map((index) => TYPES[index]?.replace("millrace.", "millrace.default.") ?? "");
    log.append(
      subjects.map((subject, index) => ({ stream: "MILLRACE_CORPUS", subject, messageId: `${index}`, payload: "{}" })),
    );
    const options = {
      consumer: "test",
      stream: "MILLRACE_CORPUS",
      types: TYPES,
      maxInFlight: 10,
      ackWaitMs: ACK_WAIT_MS,
    };
    const consumer = sqliteConsumer(database, () => 0, options);
    const claimed = subjects.map(() => consumer.claim()?.event.subject);
    expect(claimed).toEqual(subjects);
    expect(consumer.claim()).toBeUndefined();
    database.close();
  });
});
