/** What every lease store must do. Time is the test's own, so nothing waits. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Holding, Lease, LeaseResult } from "../lease.ts";

/** An empty store that leases can be opened on, as several processes would. */
export interface LeaseStore {
  open(now: () => number): Promise<Lease>;
  close(): Promise<void>;
}

/**
 * Declares the suite.
 * @param name Name of the adapter.
 * @param createStore Makes an empty store, once a test.
 * @param skipReason Why the adapter cannot be tested here; undefined when it can.
 */
export function leaseContract(name: string, createStore: () => Promise<LeaseStore>, skipReason?: string): void {
  const START = 1_000_000;

  async function contenders(): Promise<{ one: Lease; two: Lease; clock: { ms: number } }> {
    const store = await createStore();
    onTestFinished(() => store.close());
    const clock = { ms: START };
    const now = () => clock.ms;
    return { one: await store.open(now), two: await store.open(now), clock };
  }

  describe.skipIf(skipReason)(`Lease (${name})`, () => {
    test("acquire() gives generation 1 to the first and a conflict to the second", async () => {
      const { one, two } = await contenders();
      const holding = { name: "run.1", holder: "a", generation: 1, expiresAt: START + 1000 };
      expect(await one.acquire("run.1", "a", 1000)).toEqual({ held: true, holding });
      expect(await two.acquire("run.1", "b", 1000)).toEqual({ held: false, current: holding });
      expect(await one.acquire("run.1", "a", 1000)).toEqual({ held: false, current: holding });
    });

    test("acquire() keeps names apart", async () => {
      const { one, two } = await contenders();
      held(await one.acquire("run.1", "a", 1000));
      expect(held(await two.acquire("run.2", "b", 1000)).generation).toBe(1);
    });

    test("acquire() begins a new generation when the time has passed, and the stale holder is refused", async () => {
      const { one, two, clock } = await contenders();
      const stale = held(await one.acquire("run", "a", 1000));
      clock.ms += 1000;
      const holding = held(await two.acquire("run", "b", 1000));
      expect(holding.generation).toBe(2);
      expect(await one.renew(stale, 1000)).toEqual({ held: false, current: holding });
      await one.release(stale);
      expect(await one.acquire("run", "a", 1000)).toEqual({ held: false, current: holding });
    });

    test("renew() extends a holding, also a late one that nobody took over", async () => {
      const { one, two, clock } = await contenders();
      const first = held(await one.acquire("run", "a", 1000));
      clock.ms += 900;
      const renewed = held(await one.renew(first, 1000));
      expect(renewed).toEqual({ ...first, expiresAt: START + 1900 });
      clock.ms += 900;
      expect((await two.acquire("run", "b", 1000)).held).toBe(false);
      clock.ms += 900;
      expect(held(await one.renew(renewed, 1000)).expiresAt).toBe(START + 3700);
    });

    test("release() lets the next in at once, with the next generation", async () => {
      const { one, two } = await contenders();
      const first = held(await one.acquire("run", "a", 1000));
      await one.release(first);
      expect((await one.renew(first, 1000)).held).toBe(false);
      expect(held(await two.acquire("run", "b", 1000)).generation).toBe(2);
    });

    test("acquire() lets exactly one of many contenders win each generation", async () => {
      const { one, two, clock } = await contenders();
      for (let generation = 1; generation <= 5; generation++) {
        const contenders = Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? one : two).acquire("run", `h${index}`, 1000),
        );
        const winners = (await Promise.all(contenders)).filter((result) => result.held);
        expect(winners.map((winner) => winner.holding.generation)).toEqual([generation]);
        clock.ms += 1000;
      }
    });

    test("acquire() refuses a name, holder or duration out of bounds", async () => {
      const { one } = await contenders();
      await expect(one.acquire("a..b", "a", 1000)).rejects.toThrow(/a\.\.b/);
      await expect(one.acquire("run", "", 1000)).rejects.toThrow(/holder/);
      await expect(one.acquire("run", "a", 0)).rejects.toThrow(/0 ms/);
    });
  });
}

function held(result: LeaseResult): Holding {
  if (!result.held) throw new Error(`expected to hold the lease, it belongs to "${result.current.holder}"`);
  return result.holding;
}
