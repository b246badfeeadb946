/** What is watched, as metrics: read from the tables, so that a monitor that was started anew tells the same. */
import type { Artifacts } from "@millrace/artifacts";
import type { Queries } from "@millrace/database";
import { gauge, type Sample, type Schedule } from "@millrace/service";
import { count, isNull } from "drizzle-orm";
import { driftOf } from "./drift_view.ts";
import { readProfile } from "./read_profile.ts";
import { alerts, watches } from "./tables.ts";
import { watchStateSchema } from "./watch/watch_state.ts";

const PERIOD_MS = 15_000;

const ALERTS_LABELS = ["project", "kind", "severity"] as const;
const ALERTS_OPEN = gauge({
  name: "millrace_alerts_open",
  help: "Alerts that are open.",
  labels: ALERTS_LABELS,
});
const DRIFT_LABELS = ["project", "model", "version", "feature"] as const;
const DRIFT = gauge({
  name: "millrace_prompt_drift_index",
  help: "Population stability index of the last full sample of prompts against the version's corpus.",
  labels: DRIFT_LABELS,
});
const DRIFT_THRESHOLD = gauge({
  name: "millrace_prompt_drift_threshold",
  help: "Index above which a feature of prompts is called drifted.",
  labels: DRIFT_LABELS,
});

/** Reads what is watched. In every process: each tells the same. */
export const measureWatches: Schedule = {
  name: "measure_watches",
  everyMs: PERIOD_MS,
  perProcess: true,
  async run({ database, artifacts, metrics }) {
    const open = await openAlerts(database.drizzle);
    metrics.collect(ALERTS_OPEN, () => open);
    // Profiles lie in the store, which may be away: alerts are told of without it.
    const drift = await driftSamples(database.drizzle, (project) => artifacts.forProject(project));
    metrics.collect(DRIFT, () => drift.map(({ labels, index }) => ({ labels, value: index })));
    metrics.collect(DRIFT_THRESHOLD, () => drift.map(({ labels, threshold }) => ({ labels, value: threshold })));
  },
};

async function openAlerts(db: Queries): Promise<Sample<(typeof ALERTS_LABELS)[number]>[]> {
  const { project, kind, severity, resolvedAt } = alerts;
  const rows = await db
    .select({ project, kind, severity, open: count() })
    .from(alerts)
    .where(isNull(resolvedAt))
    .groupBy(project, kind, severity);
  return rows.map(({ open, ...labels }) => ({ labels, value: open }));
}

interface DriftSample {
  readonly labels: Sample<(typeof DRIFT_LABELS)[number]>["labels"];
  readonly index: number;
  readonly threshold: number;
}

async function driftSamples(db: Queries, artifactsOf: (project: string) => Artifacts): Promise<DriftSample[]> {
  const samples: DriftSample[] = [];
  for (const { project, model, version, state } of await db.select().from(watches)) {
    const { drift } = watchStateSchema.parse(state);
    if (drift.judged === null || drift.profile === null) continue;
    const { features } = driftOf(drift, await readProfile(artifactsOf(project), drift.profile));
    for (const { name, index, threshold } of features) {
      if (index === null || threshold === null) continue;
      samples.push({ labels: { project, model, version: String(version), feature: name }, index, threshold });
    }
  }
  return samples;
}
