/** Runs that wait for a person, as a metric: read from the tables, so that a process that was started anew tells the same. */
import type { Awaited } from "@millrace/contracts";
import { gauge, type Schedule } from "@millrace/service";
import { and, count, eq, isNotNull, sql } from "drizzle-orm";
import { stages } from "./tables.ts";

const RUNS_WAITING = gauge({
  name: "millrace_runs_waiting",
  help: "Runs that go on when a person acts: approves, or starts, promotes or resumes a roll-out.",
  labels: ["project", "act"],
});

/** In every process: each tells the same. */
export const measureWaits: Schedule = {
  name: "measure_waits",
  everyMs: 15_000,
  perProcess: true,
  async run({ database, metrics }) {
    const { project, awaits, state } = stages;
    const act = sql<Awaited["act"]>`coalesce(${awaits} ->> 'act', 'approve')`;
    const rows = await database.drizzle
      .select({ project, act, runs: count() })
      .from(stages)
      .where(and(eq(state, "running"), isNotNull(awaits)))
      .groupBy(project, act);
    metrics.collect(RUNS_WAITING, () => rows.map(({ runs, ...labels }) => ({ labels, value: runs })));
  },
};
