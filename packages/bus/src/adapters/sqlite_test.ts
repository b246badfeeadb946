import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { STREAMS } from "@millrace/contracts";
import { describe, expect, onTestFinished, test } from "vitest";
import { busContract } from "../testing/bus_contract.ts";
import { all, labelOf, SHARD_CLEANED, taker, testEvent, testEvents } from "../testing/events.ts";
import { leaseContract } from "../testing/lease_contract.ts";
import { sqliteBusStore, sqliteLeaseStore, temporaryLog } from "../testing/sqlite_stores.ts";
import { sqliteBus, sqliteLease } from "./sqlite.ts";

busContract("SQLite", sqliteBusStore);
leaseContract("SQLite", sqliteLeaseStore);

const OPTIONS = { consumer: "test-worker", types: [SHARD_CLEANED], maxInFlight: 1000, ackWaitMs: 3_600_000 };

async function logFile(): Promise<string> {
  const { file, remove } = await temporaryLog();
  onTestFinished(remove);
  return file;
}

/** Runs the worker until it has acknowledged some events, kills it, and returns what it had said. */
async function killedWorker(
  file: string,
  acknowledged: number,
): Promise<{ published: string[]; acknowledged: string[] }> {
  const program = new URL("testdata/sqlite_worker.ts", import.meta.url).pathname;
  const child = spawn(execPath, [program, file], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const said: { published: string[]; acknowledged: string[] } = { published: [], acknowledged: [] };
  for await (const line of createInterface({ input: child.stdout })) {
    const [verb, label = ""] = line.split(" ");
    if (verb === "published") said.published.push(label);
    if (verb === "acknowledged") said.acknowledged.push(label);
    if (said.acknowledged.length === acknowledged) child.kill("SIGKILL");
  }
  await exited;
  return said;
}

describe("sqliteBus()", () => {
  test("loses nothing it had confirmed when its process is killed, and what that held comes again at once", async () => {
    const file = await logFile();
    const said = await killedWorker(file, 50);
    const bus = sqliteBus({ file, now: Date.now });
    onTestFinished(() => bus.close());

    const logged = (await all(bus.replay({ stream: "MILLRACE_CORPUS", from: "start" }))).map(labelOf);
    expect(logged).toEqual(logged.map((_, index) => `${index}`));
    expect(logged.slice(0, said.published.length)).toEqual(said.published);

    const deliveries = taker(await bus.subscribe(OPTIONS));
    const seen = new Map<string, number>();
    await bus.publish(await testEvents(1, "end "));
    while (!seen.has("0") || !seen.has("end 0")) {
      const delivery = await deliveries.one();
      seen.set(labelOf(delivery), delivery.attempt);
      await delivery.ack();
    }
    expect(seen.get("0")).toBe(2);
    expect(said.acknowledged.filter((label) => seen.has(label))).toEqual([]);
    // Besides "end 0", all but one: an event that was acknowledged when the kill came before the word.
    expect(seen.size - 1 + said.acknowledged.length).toBeGreaterThanOrEqual(logged.length - 1);
  });

  test("lets two processes write to one file at once", async () => {
    const file = await logFile();
    const bus = sqliteBus({ file, now: Date.now });
    onTestFinished(() => bus.close());
    const worker = killedWorker(file, 200);
    const deliveries = taker(await bus.subscribe({ ...OPTIONS, consumer: "test-other" }));
    for (let index = 0; index < 200; index++) await bus.publish([await testEvent(`mine ${index}`)]);
    const said = await worker;
    const seen = new Set<string>();
    const expected = [...said.published, ...Array.from({ length: 200 }, (_, index) => `mine ${index}`)];
    while (expected.some((label) => !seen.has(label))) {
      const delivery = await deliveries.one();
      expect(seen).not.toContain(labelOf(delivery));
      seen.add(labelOf(delivery));
      await delivery.ack();
    }
  });

  test("forgets what has outlived its stream's retention", async () => {
    let now = Date.UTC(2026, 0, 1);
    const bus = sqliteBus({ file: await logFile(), now: () => now });
    onTestFinished(() => bus.close());
    const maxAgeDays = STREAMS.find(({ name }) => name === "MILLRACE_CORPUS")?.maxAgeDays ?? 0;
    await bus.publish(await testEvents(2, "old "));
    now += maxAgeDays * 86_400_000;
    await bus.publish(await testEvents(1, "young "));
    now += 7_200_000;
    await bus.publish(await testEvents(1, "new "));
    const logged = await all(bus.replay({ stream: "MILLRACE_CORPUS", from: "start" }));
    expect(logged.map(labelOf)).toEqual(["young 0", "new 0"]);
  });

  test("delivers again when the given clock says that the wait is over", async () => {
    let now = 0;
    const bus = sqliteBus({ file: await logFile(), now: () => now });
    onTestFinished(() => bus.close());
    const deliveries = taker(await bus.subscribe(OPTIONS));
    await bus.publish(await testEvents(1));
    await deliveries.one();
    now += 3_600_000;
    expect((await deliveries.one()).attempt).toBe(2);
  });

  test("keeps the delay of a naked delivery when the file is opened again", async () => {
    const file = await logFile();
    let now = 0;
    const first = sqliteBus({ file, now: () => now });
    await first.publish(await testEvents(1));
    await (await taker(await first.subscribe(OPTIONS)).one()).nak(60_000);
    await first.close();
    const second = sqliteBus({ file, now: () => now });
    onTestFinished(() => second.close());
    const deliveries = taker(await second.subscribe(OPTIONS));
    await second.publish(await testEvents(1, "next "));
    expect(labelOf(await deliveries.one())).toBe("next 0");
    now += 60_000;
    expect((await deliveries.one()).attempt).toBe(2);
  });

  test("throws when the file has a newer format, and changes nothing in it", async () => {
    const file = await logFile();
    const newer = new DatabaseSync(file);
    newer.exec("PRAGMA user_version = 99");
    expect(() => sqliteBus({ file, now: Date.now })).toThrow(/format 99/);
    expect(newer.prepare("SELECT count(*) AS tables FROM sqlite_master").get()).toEqual({ tables: 0 });
    newer.close();
  });

  test("throws when it is used after close()", async () => {
    const bus = sqliteBus({ file: await logFile(), now: Date.now });
    await bus.publish(await testEvents(1));
    const delivery = await taker(await bus.subscribe(OPTIONS)).one();
    await bus.close();
    await expect(delivery.ack()).rejects.toThrow(/is closed/);
    await expect(bus.publish(await testEvents(1))).rejects.toThrow(/is closed/);
  });
});

describe("sqliteLease()", () => {
  test("shares the file of the bus", async () => {
    const file = await logFile();
    const bus = sqliteBus({ file, now: Date.now });
    const lease = sqliteLease({ file, now: Date.now });
    expect((await lease.acquire("run", "a", 1000)).held).toBe(true);
    await bus.publish(await testEvents(1));
    await lease.close();
    await bus.close();
  });
});
