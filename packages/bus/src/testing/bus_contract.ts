/** What every adapter of the event bus must do. Each adapter's test runs this suite against its real store. */
import { describe, expect, type OnTestFinishedHandler, test } from "vitest";
import { BusFullError, type EventBus, MAX_EVENT_BYTES, type SubscribeOptions } from "../bus.ts";
import {
  all,
  CLEANED,
  labelOf,
  SHARD_CLEANED,
  STARTED,
  taker,
  testEvent,
  testEvents,
  TOKENIZER_TRAINED,
} from "./events.ts";

/** An empty store that buses can be opened on. */
export interface BusStore {
  /** Another bus on the same store, as another process would open it. */
  open(options?: { readonly maxBytes?: number }): Promise<EventBus>;
  /** Puts a text into the stream of corpus events as a foreign client would, past every check; a bus has to be open. */
  inject(subject: string, payload: string): Promise<void>;
  /** Closes what was opened and removes the store. */
  close(): Promise<void>;
}

/**
 * Declares the suite.
 * @param name Name of the adapter.
 * @param createStore Makes an empty store, once a test.
 * @param skipReason Why the adapter cannot be tested here; undefined when it can.
 */
export function busContract(name: string, createStore: () => Promise<BusStore>, skipReason?: string): void {
  const CORPUS = "MILLRACE_CORPUS";
  const ALONE: SubscribeOptions = { consumer: "test-alone", types: [SHARD_CLEANED], maxInFlight: 1, ackWaitMs: 30_000 };
  const MANY: SubscribeOptions = { ...ALONE, consumer: "test-many", maxInFlight: 100 };
  const WHOLE: SubscribeOptions = { consumer: "test-whole", stream: CORPUS, maxInFlight: 1, ackWaitMs: 30_000 };

  async function store(onTestFinished: (handler: OnTestFinishedHandler) => void): Promise<BusStore> {
    const made = await createStore();
    onTestFinished(() => made.close());
    return made;
  }

  // At the same time: most wait, and each has a store of its own.
  describe.skipIf(skipReason)(`EventBus (${name})`, { concurrent: true }, () => {
    test("subscribe() delivers in the order of the log when maxInFlight is 1", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await bus.publish(await testEvents(20, "first "));
      const deliveries = taker(await bus.subscribe(ALONE));
      await bus.publish(await testEvents(20, "then "));
      const labels: string[] = [];
      for (let taken = 0; taken < 40; taken++) {
        const delivery = await deliveries.one();
        labels.push(labelOf(delivery));
        await delivery.ack();
      }
      const expected = [...(await testEvents(20, "first ")), ...(await testEvents(20, "then "))];
      expect(labels).toEqual(expected.map((event) => event.data["label"]));
    });

    test("subscribe() keeps the order of the log over several types of a stream when maxInFlight is 1", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open();
      const types = [SHARD_CLEANED, CLEANED, TOKENIZER_TRAINED];
      for (let index = 0; index < 9; index++) await bus.publish([await testEvent(`${index}`, types[index % 3])]);
      const wanted = [SHARD_CLEANED, TOKENIZER_TRAINED];
      const deliveries = taker(await bus.subscribe({ ...ALONE, types: wanted }));
      const labels: string[] = [];
      for (let taken = 0; taken < 6; taken++) {
        const delivery = await deliveries.one();
        labels.push(labelOf(delivery));
        await delivery.ack();
      }
      expect(labels).toEqual(["0", "2", "3", "5", "6", "8"]);
    });

    test("subscribe() hears everything in a stream and nothing else when it asks for the stream", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open();
      const types = [
        SHARD_CLEANED,
        STARTED,
        TOKENIZER_TRAINED,
        "millrace.corpus.guessed.v1",
        "millrace.corpus.cleaned.v9",
      ];
      for (const type of types) await bus.publish([await testEvent(type, type)]);
      const deliveries = taker(await bus.subscribe(WHOLE));
      const labels: string[] = [];
      for (let taken = 0; taken < 4; taken++) {
        const delivery = await deliveries.one();
        labels.push(labelOf(delivery));
        await delivery.ack();
      }
      expect(labels).toEqual(types.filter((type) => type !== STARTED));
    });

    test("subscribe() goes on where it stopped, and leaves requeued events to whom they are for, when it asks for a stream", async ({
      onTestFinished,
    }) => {
      const shared = await store(onTestFinished);
      const first = await shared.open();
      await first.publish(await testEvents(2));
      await (await taker(await first.subscribe({ ...WHOLE, ackWaitMs: 500 })).one()).ack();
      await (await taker(await first.subscribe(ALONE)).one()).park(new Error("no"), 1);
      for (const { sequence } of await first.deadLetters()) await first.requeue(sequence);
      await first.publish(await testEvents(1, "next "));
      await first.close();
      const second = await shared.open();
      const deliveries = taker(await second.subscribe({ ...WHOLE, ackWaitMs: 500 }));
      const labels: string[] = [];
      for (let taken = 0; taken < 2; taken++) {
        const delivery = await deliveries.one();
        labels.push(labelOf(delivery));
        await delivery.ack();
      }
      expect(labels).toEqual(["1", "next 0"]);
    });

    test("subscribe() delivers what is no event as it came; park() and requeue() keep it so", async ({
      onTestFinished,
    }) => {
      const shared = await store(onTestFinished);
      const bus = await shared.open();
      const deliveries = taker(await bus.subscribe(WHOLE));
      const subject = "millrace.one.corpus.nonsense";
      await shared.inject(subject, "{ no JSON");
      const delivery = await deliveries.one();
      expect(delivery).toMatchObject({ subject, payload: "{ no JSON", requeues: 0 });
      await delivery.park(new Error("no JSON"), 0);
      const [letter] = await bus.deadLetters({ project: "one" });
      expect(letter).toMatchObject({ consumer: WHOLE.consumer, subject, payload: "{ no JSON" });
      expect(await bus.requeue(letter?.sequence ?? 0)).toBe(true);
      expect(await deliveries.one()).toMatchObject({ subject, payload: "{ no JSON", requeues: 1 });
    });

    test("subscribe() delivers the events of every project with subject, sequence and time", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open();
      const [first, second] = await bus.publish([
        await testEvent("a", SHARD_CLEANED, "one"),
        await testEvent("b", SHARD_CLEANED, "two"),
      ]);
      const taken = await taker(await bus.subscribe(MANY)).many(2);
      expect(taken.map((delivery) => delivery.subject)).toEqual([
        "millrace.one.corpus.shard.cleaned.v1",
        "millrace.two.corpus.shard.cleaned.v1",
      ]);
      expect(taken.map((delivery) => delivery.sequence)).toEqual([first?.sequence, second?.sequence]);
      expect(taken.map(({ stream, attempt, requeues }) => ({ stream, attempt, requeues }))).toEqual([
        { stream: CORPUS, attempt: 1, requeues: 0 },
        { stream: CORPUS, attempt: 1, requeues: 0 },
      ]);
      expect(taken[0]?.storedAt).toBeGreaterThan(0);
      expect(taken[0]?.payload).toBe(JSON.stringify(await testEvent("a", SHARD_CLEANED, "one")));
    });

    test("subscribe() gives each event to one of two processes when they use one consumer name", async ({
      onTestFinished,
    }) => {
      const shared = await store(onTestFinished);
      const [one, two] = [await shared.open(), await shared.open()];
      const options = { ...MANY, maxInFlight: 4 };
      const subscriptions = [await one.subscribe(options), await two.subscribe(options)];
      const events = await testEvents(40);
      const labels: string[] = [];
      const finished = Promise.withResolvers<void>();
      const readers = subscriptions.map(async (subscription) => {
        for await (const delivery of subscription) {
          labels.push(labelOf(delivery));
          await delivery.ack();
          if (labels.length >= events.length) finished.resolve();
        }
      });
      await one.publish(events);
      await finished.promise;
      for (const subscription of subscriptions) await subscription.close();
      await Promise.all(readers);
      expect(labels.toSorted()).toEqual(events.map((event) => event.data["label"]).toSorted());
    });

    test("subscribe() never has more than maxInFlight unsettled", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const deliveries = taker(await bus.subscribe({ ...ALONE, consumer: "test-two", maxInFlight: 2 }));
      const witness = taker(await bus.subscribe(MANY));
      await bus.publish(await testEvents(4));
      const held = await deliveries.many(2);
      let arrived = false;
      const third = deliveries.one().then((delivery) => {
        arrived = true;
        return delivery;
      });
      // Another consumer has seen all four and publishing goes through again: the third had every chance to come.
      await witness.many(4);
      await bus.publish(await testEvents(1, "later "));
      await witness.one();
      expect(arrived).toBe(false);
      await held[0]?.ack();
      expect(labelOf(await third)).toBe("2");
    });

    test("subscribe() delivers again when a consumer went away without acknowledging", async ({ onTestFinished }) => {
      const shared = await store(onTestFinished);
      const options = { ...ALONE, ackWaitMs: 500 };
      const first = await shared.open();
      await first.publish(await testEvents(2));
      await taker(await first.subscribe(options)).one();
      await first.close();
      const second = await shared.open();
      const again = await taker(await second.subscribe(options)).one();
      expect({ label: labelOf(again), attempt: again.attempt }).toEqual({ label: "0", attempt: 2 });
    });

    test("ack() settles for good when the bus is opened anew", async ({ onTestFinished }) => {
      const shared = await store(onTestFinished);
      const options = { ...ALONE, ackWaitMs: 500 };
      const first = await shared.open();
      await first.publish(await testEvents(2));
      await (await taker(await first.subscribe(options)).one()).ack();
      await first.close();
      const second = await shared.open();
      expect(labelOf(await taker(await second.subscribe(options)).one())).toBe("1");
    });

    test("nak() delivers again before what follows when maxInFlight is 1", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await bus.publish(await testEvents(2));
      const deliveries = taker(await bus.subscribe(ALONE));
      await (await deliveries.one()).nak(50);
      const again = await deliveries.one();
      expect({ label: labelOf(again), attempt: again.attempt }).toEqual({ label: "0", attempt: 2 });
      await again.ack();
      expect(labelOf(await deliveries.one())).toBe("1");
    });

    test("working() puts off the next delivery", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const ackWaitMs = 2000;
      const deliveries = taker(await bus.subscribe({ ...ALONE, ackWaitMs }));
      await bus.publish(await testEvents(1));
      const delivery = await deliveries.one();
      let again = false;
      const second = deliveries.one().then((redelivery) => {
        again = true;
        return redelivery;
      });
      // Kept alive for longer than its wait; the clock may be a server's, so real time has to pass.
      for (let passed = 0; passed < 1.5 * ackWaitMs; passed += 250) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        await delivery.working();
      }
      expect(again).toBe(false);
      expect((await second).attempt).toBe(2);
    });

    test("park() keeps the payload and the error, and goes on with what follows", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const events = await testEvents(2);
      await bus.publish(events);
      const deliveries = taker(await bus.subscribe(ALONE));
      await (await deliveries.one()).park(new RangeError("no such shard: 7"), 5);
      expect(labelOf(await deliveries.one())).toBe("1");
      const letters = await bus.deadLetters();
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({
        consumer: ALONE.consumer,
        eventId: events[0]?.id,
        subject: "millrace.default.corpus.shard.cleaned.v1",
        payload: JSON.stringify(events[0]),
        error: { name: "RangeError", message: "no such shard: 7" },
        attempts: 5,
        requeues: 0,
      });
    });

    test("deadLetters() finds by project, consumer and page", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await bus.publish([await testEvent("a", SHARD_CLEANED, "one"), await testEvent("b", SHARD_CLEANED, "two")]);
      for (const consumer of ["test-left", "test-right"]) {
        const deliveries = taker(await bus.subscribe({ ...ALONE, consumer }));
        for (let taken = 0; taken < 2; taken++) await (await deliveries.one()).park(new Error("no"), 1);
      }
      const whole = await bus.deadLetters();
      expect(whole).toHaveLength(4);
      expect(await bus.deadLetters({ project: "one" })).toEqual([whole[0], whole[2]]);
      expect(await bus.deadLetters({ consumer: "test-right" })).toEqual([whole[2], whole[3]]);
      expect(await bus.deadLetters({ project: "two", consumer: "test-left" })).toEqual([whole[1]]);
      expect(await bus.deadLetters({ limit: 2, after: whole[0]?.sequence ?? 0 })).toEqual([whole[1], whole[2]]);
      expect(await bus.deadLetters({ project: "three" })).toEqual([]);
    });

    test("deadLetters() finds by the type that the subject names", async ({ onTestFinished }) => {
      const shared = await store(onTestFinished);
      const bus = await shared.open();
      const deliveries = taker(await bus.subscribe(WHOLE));
      await bus.publish([await testEvent("a", CLEANED), await testEvent("b", SHARD_CLEANED)]);
      await shared.inject("millrace.default.corpus.nonsense", "{ no JSON");
      for (let taken = 0; taken < 3; taken++) await (await deliveries.one()).park(new Error("no"), 1);
      const whole = await bus.deadLetters();
      expect(whole).toHaveLength(3);
      expect(await bus.deadLetters({ type: SHARD_CLEANED })).toEqual([whole[1]]);
      expect(await bus.deadLetters({ type: "millrace.corpus.nonsense" })).toEqual([whole[2]]);
      expect(await bus.deadLetters({ type: CLEANED, limit: 1 })).toEqual([whole[0]]);
      expect(await bus.deadLetters({ type: CLEANED, consumer: "test-other" })).toEqual([]);
    });

    test("requeue() delivers again to the consumer that parked, and to no other", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const deliveries = taker(await bus.subscribe(ALONE));
      const other = taker(await bus.subscribe(MANY));
      const [event] = await testEvents(1);
      if (event) await bus.publish([event]);
      await (await other.one()).ack();
      await (await deliveries.one()).park(new Error("first"), 1);
      const [letter] = await bus.deadLetters();
      expect(await bus.requeue(letter?.sequence ?? 0)).toBe(true);

      const again = await deliveries.one();
      expect({ attempt: again.attempt, requeues: again.requeues }).toEqual({ attempt: 1, requeues: 1 });
      expect(JSON.parse(again.payload)).toEqual({ ...event, requeue: 1 });
      await bus.publish(await testEvents(1, "next "));
      expect(labelOf(await other.one())).toBe("next 0");

      expect(await bus.deadLetters()).toEqual([]);
      expect(await bus.requeue(letter?.sequence ?? 0)).toBe(false);
      await again.park(new Error("second"), 1);
      expect(await bus.deadLetters()).toMatchObject([{ requeues: 1, error: { message: "second" } }]);
    });

    test("requeue() reaches both consumers when two parked one event", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const both = [taker(await bus.subscribe(ALONE)), taker(await bus.subscribe(MANY))];
      await bus.publish(await testEvents(1));
      for (const deliveries of both) await (await deliveries.one()).park(new Error("no"), 1);
      for (const { sequence } of await bus.deadLetters()) await bus.requeue(sequence);
      for (const deliveries of both) expect((await deliveries.one()).requeues).toBe(1);
    });

    test("publish() recognises an id it has just seen", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const events = await testEvents(2);
      const first = await bus.publish(events);
      const second = await bus.publish(events);
      expect(first.map((receipt) => receipt.duplicate)).toEqual([false, false]);
      expect(second).toEqual(first.map((receipt) => ({ ...receipt, duplicate: true })));
      expect(await all(bus.replay({ stream: CORPUS, from: "start" }))).toHaveLength(2);
    });

    test("publish() refuses an event that is too large or would not fit a subject, and stores nothing of it", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open();
      const event = await testEvent("a");
      await expect(bus.publish([{ ...event, data: { text: "x".repeat(MAX_EVENT_BYTES) } }])).rejects.toThrow(
        /bytes, at most/,
      );
      await expect(bus.publish([{ ...event, project: "a.*" }])).rejects.toThrow(/no project name/);
      await expect(bus.publish([{ ...event, type: "millrace.corpus.>.v1" }])).rejects.toThrow(/no event type/);
      await expect(bus.publish([{ ...event, type: "millrace.nowhere.gone.v1" }])).rejects.toThrow(/no stream covers/);
      await expect(bus.publish([{ ...event, id: "a\r\nb" }])).rejects.toThrow(/printable/);
      expect(await all(bus.replay({ stream: CORPUS, from: "start" }))).toEqual([]);
    });

    test("publish() fails clearly when the store is full, keeps what is stored and lets consumers go on", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open({ maxBytes: 300_000 });
      const bulk = { text: "x".repeat(20_000) };
      let stored = 0;
      async function fill(): Promise<void> {
        for (; stored < 100; stored++) {
          const event = await testEvent(`${stored}`);
          await bus.publish([{ ...event, data: { ...event.data, ...bulk } }]);
        }
      }
      await expect(fill()).rejects.toThrow(BusFullError);
      expect(stored).toBeGreaterThan(0);
      const deliveries = taker(await bus.subscribe(ALONE));
      for (let taken = 0; taken < stored; taken++) {
        const delivery = await deliveries.one();
        expect(labelOf(delivery)).toBe(`${taken}`);
        await delivery.ack();
      }
    });

    test("replay() reads a stream from the start, from a sequence, by type and by project", async ({
      onTestFinished,
    }) => {
      const bus = await (await store(onTestFinished)).open();
      const receipts = await bus.publish([
        await testEvent("a", SHARD_CLEANED, "one"),
        await testEvent("b", CLEANED, "one"),
        await testEvent("c", SHARD_CLEANED, "two"),
        await testEvent("other stream", STARTED, "one"),
      ]);
      await (await taker(await bus.subscribe(ALONE)).one()).ack();
      const labels = async (options: Omit<Parameters<EventBus["replay"]>[0], "stream">) =>
        (await all(bus.replay({ stream: CORPUS, ...options }))).map(labelOf);
      expect(await labels({ from: "start" })).toEqual(["a", "b", "c"]);
      expect(await labels({ from: receipts[1]?.sequence ?? 0 })).toEqual(["b", "c"]);
      expect(await labels({ from: "start", types: [SHARD_CLEANED] })).toEqual(["a", "c"]);
      expect(await labels({ from: "start", project: "one" })).toEqual(["a", "b"]);
      expect(await labels({ from: "start", types: [CLEANED], project: "two" })).toEqual([]);
      expect(await labels({ from: (receipts[2]?.sequence ?? 0) + 10 })).toEqual([]);
    });

    test("replay() reads all of a long stream in order", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const events = await testEvents(600);
      await bus.publish(events);
      const replayed = await all(bus.replay({ stream: CORPUS, from: "start" }));
      expect(replayed.map(labelOf)).toEqual(events.map((event) => event.data["label"]));
    });

    test("replay() throws when there is no such stream", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await expect(all(bus.replay({ stream: "NOWHERE", from: "start" }))).rejects.toThrow(/NOWHERE/);
    });

    test("tail() shows what is published from now on, of all streams, until aborted", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await bus.publish([await testEvent("before")]);
      const stop = new AbortController();
      const events = await bus.tail({ signal: stop.signal, project: "default" });
      const seen = taker(events);
      await bus.publish([await testEvent("hidden", CLEANED, "other")]);
      await bus.publish([await testEvent("a", CLEANED)]);
      expect(labelOf(await seen.one())).toBe("a");
      await bus.publish([await testEvent("b", STARTED)]);
      expect(labelOf(await seen.one())).toBe("b");
      stop.abort();
      expect(await all(events)).toEqual([]);
    });

    test("check() resolves while the store answers, and rejects when the bus is closed", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await bus.check();
      await bus.close();
      await expect(bus.check()).rejects.toThrow(/closed/);
    });

    test("subscribe() refuses options out of bounds", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      await expect(bus.subscribe({ ...ALONE, consumer: "a.b" })).rejects.toThrow(/a\.b/);
      await expect(bus.subscribe({ ...ALONE, types: [] })).rejects.toThrow(/at least one/);
      await expect(bus.subscribe({ ...ALONE, types: [CLEANED, STARTED] })).rejects.toThrow(/one stream/);
      await expect(bus.subscribe({ ...WHOLE, stream: "NOWHERE" })).rejects.toThrow(/NOWHERE.*wanted one of MILLRACE_/);
      await expect(bus.subscribe({ ...WHOLE, stream: "MILLRACE_DEAD" })).rejects.toThrow(/no such stream of events/);
      await expect(bus.subscribe({ ...ALONE, maxInFlight: 0 })).rejects.toThrow(/maxInFlight/);
      await expect(bus.subscribe({ ...ALONE, ackWaitMs: 1 })).rejects.toThrow(/ackWaitMs/);
    });

    test("subscribe() ends its iteration when it or the bus is closed", async ({ onTestFinished }) => {
      const bus = await (await store(onTestFinished)).open();
      const [closedAlone, closedByBus] = [await bus.subscribe(ALONE), await bus.subscribe(MANY)];
      const [first, second] = [all(closedAlone), all(closedByBus)];
      await closedAlone.close();
      expect(await first).toEqual([]);
      await bus.close();
      expect(await second).toEqual([]);
    });
  });
}
