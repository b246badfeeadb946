import { DeadLetter } from "@millrace/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LoggedEvent } from "./bus.ts";
import { deadLetterMessage, type Parking, readDeadLetter, requeueMessage } from "./parking.ts";
import { testEvent } from "./testing/events.ts";

function parking(event: Partial<LoggedEvent>, error = new Error("no")): Parking {
  const subject = "millrace.default.corpus.shard.cleaned.v1";
  const logged = { stream: "MILLRACE_CORPUS", sequence: 7, subject, payload: "", storedAt: 0, requeues: 0, ...event };
  return { event: logged, consumer: "test-worker", error, attempts: 1, parkedAt: 0 };
}

describe("deadLetterMessage()", () => {
  test("is stored under the project and consumer, once a requeue", async () => {
    const payload = JSON.stringify(await testEvent("a"));
    const { id } = JSON.parse(payload);
    const message = deadLetterMessage(parking({ payload, requeues: 2 }));
    expect(message).toMatchObject({
      stream: "MILLRACE_DEAD",
      subject: "millrace-dead.default.test-worker",
      messageId: `${id}#parked2@test-worker`,
    });
  });

  test("names the place in the stream when the payload has no usable id", () => {
    for (const payload of ["", "null", "[]", '{"id":7}', '{"id":"a\\nb"}', '{"id":""}']) {
      const message = deadLetterMessage(parking({ payload }));
      expect(JSON.parse(message.payload)).toMatchObject({ eventId: "MILLRACE_CORPUS-7", payload });
    }
  });

  test("cuts an error message that is very long", () => {
    const message = deadLetterMessage(parking({}, new Error("x".repeat(1_000_000))));
    expect(JSON.parse(message.payload).error.message).toHaveLength(4000);
  });
});

describe("requeueMessage()", () => {
  test("brings back any payload under its subject, for the consumer that parked it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(100), (payload, requeues) => {
        const letter = readDeadLetter(1, deadLetterMessage(parking({ payload, requeues })).payload);
        const message = requeueMessage(letter);
        expect(message).toMatchObject({ payload, requeue: { count: requeues + 1, consumer: "test-worker" } });
        expect(message.messageId).toContain(`#r${requeues + 1}@`);
      }),
    );
  });

  test("marks an envelope with the requeue it is", async () => {
    const event = await testEvent("a");
    const stored = readDeadLetter(
      1,
      deadLetterMessage(parking({ payload: JSON.stringify(event), requeues: 1 })).payload,
    );
    const { sequence, ...letter } = stored;
    expect(sequence).toBe(1);
    expect(DeadLetter.parse(letter)).toEqual(letter);
    expect(JSON.parse(requeueMessage(letter).payload)).toEqual({ ...event, requeue: 2 });
  });
});
