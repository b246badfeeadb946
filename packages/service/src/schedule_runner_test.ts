import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lease } from "@millrace/bus";
import { sqliteLease } from "@millrace/bus/sqlite";
import { expect, test } from "vitest";
import { createLog } from "./log.ts";
import type { Ports } from "./ports.ts";
import { runSchedule } from "./schedule_runner.ts";
import { defineService } from "./service.ts";

test("runSchedule() starts a period's work in one process when two run the schedule, and logs its error", async () => {
  const dir = await mkdtemp(join(tmpdir(), "millrace-schedule-"));
  const lease = sqliteLease({ file: join(dir, "lease.sqlite"), now: () => 1000 });
  const refusedOften = Promise.withResolvers<void>();
  let refusals = 0;
  const counted: Lease = {
    ...lease,
    async acquire(...asked) {
      const result = await lease.acquire(...asked);
      if (!result.held && ++refusals === 6) refusedOften.resolve();
      return result;
    },
  };
  const stop = new AbortController();
  const lines: string[] = [];
  const log = createLog({ service: "deployer", sink: (line) => lines.push(line), now: () => 0 });
  let runs = 0;
  const schedule = {
    name: "look_around",
    everyMs: 20,
    async run() {
      runs++;
      throw new Error("nothing to see");
    },
  };
  const access = { authenticate: async () => undefined, hostNames: [] };
  // The schedule uses none of the other ports.
  const service = defineService(
    { name: "deployer", schedules: [schedule] },
    async () => ({ ports: { log } as Ports }),
    access,
  );
  const both = ["a", "b"].map((owner) => runSchedule(service, schedule, { lease: counted, owner }, log, stop.signal));
  // The clock stands still, so the period never ends, however often the loops look.
  await refusedOften.promise;
  stop.abort();
  await Promise.all(both);
  expect(runs).toBe(1);
  expect(lines.join()).toContain("nothing to see");
  await lease.close();
  await rm(dir, { recursive: true });
});

test("runSchedule() starts the work in every process where the schedule says so, without a lease", async () => {
  const stop = new AbortController();
  const log = createLog({ service: "deployer", sink: () => {}, now: () => 0 });
  const ran = new Map<string, number>();
  const done = Promise.withResolvers<void>();
  const none: Lease = {
    acquire: () => Promise.reject(new Error("no lease is wanted")),
    renew: () => Promise.reject(new Error("no lease is wanted")),
    release: async () => {},
  };
  const access = { authenticate: async () => undefined, hostNames: [] };
  const both = ["a", "b"].map((owner) => {
    const schedule = {
      name: "look_around",
      everyMs: 5,
      perProcess: true as const,
      async run() {
        ran.set(owner, (ran.get(owner) ?? 0) + 1);
        if ((ran.get("a") ?? 0) > 1 && (ran.get("b") ?? 0) > 1) done.resolve();
      },
    };
    const definition = { name: "deployer", schedules: [schedule] } as const;
    const service = defineService(definition, async () => ({ ports: { log } as Ports }), access);
    return runSchedule(service, schedule, { lease: none, owner }, log, stop.signal);
  });
  await done.promise;
  stop.abort();
  await Promise.all(both);
  expect([...ran.keys()].toSorted()).toEqual(["a", "b"]);
});
