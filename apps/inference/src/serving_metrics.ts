/** What is measured of serving, by version. */
import { counter, gauge, histogram, type Metrics } from "@millrace/service";
import type { Fleet } from "./gateway/fleet.ts";
import type { ReplicaGroup } from "./gateway/replica_group.ts";
import type { Observation, RecordObservation } from "./observation.ts";

const VERSION = ["project", "model", "version"] as const;

const REQUESTS = counter({
  name: "millrace_completion_requests_total",
  help: "Requests by outcome: completed, shed (queue full), refused (the request's fault), failed, left (client gone).",
  labels: [...VERSION, "outcome"],
});
// Buckets of OpenTelemetry's gen_ai.server metrics.
const FIRST_TOKEN = histogram({
  name: "millrace_time_to_first_token_seconds",
  help: "Time from a request to its first token, the queue included.",
  labels: VERSION,
  buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
});
const PER_TOKEN = histogram({
  name: "millrace_time_per_output_token_seconds",
  help: "Mean time between the tokens of a completion, the first left out.",
  labels: VERSION,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
});
const WHOLE = histogram({
  name: "millrace_completion_duration_seconds",
  help: "Time from a request to its last token.",
  labels: VERSION,
  buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
});
const PROMPT_TOKENS = counter({
  name: "millrace_prompt_tokens_total",
  help: "Tokens of prompts that were read.",
  labels: VERSION,
});
const GENERATION_TOKENS = counter({
  name: "millrace_generation_tokens_total",
  help: "Tokens generated.",
  labels: VERSION,
});
const RUNNING = gauge({
  name: "millrace_sequences_running",
  help: "Sequences in a slot of a replica.",
  labels: VERSION,
});
const WAITING = gauge({ name: "millrace_sequences_waiting", help: "Sequences without a slot.", labels: VERSION });
const REPLICAS = gauge({ name: "millrace_replicas_ready", help: "Replicas that answer.", labels: VERSION });
const RESTARTS = counter({
  name: "millrace_replica_restarts_total",
  help: "Processes started in place of lost ones.",
  labels: VERSION,
});

function labelsOf({ project, model, version }: Observation["served"]) {
  return { project, model, version: String(version) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Notes requests. */
export function recordMetrics(metrics: Metrics): RecordObservation {
  return ({ served, outcome, firstTokenMs, totalMs, perTokenMs, promptTokens, completionTokens }) => {
    const labels = labelsOf(served);
    metrics.add(REQUESTS, { ...labels, outcome });
    metrics.add(PROMPT_TOKENS, labels, promptTokens);
    metrics.add(GENERATION_TOKENS, labels, completionTokens);
    if (firstTokenMs !== null) metrics.observe(FIRST_TOKEN, labels, firstTokenMs / 1000);
    if (perTokenMs !== null) metrics.observe(PER_TOKEN, labels, perTokenMs / 1000);
    if (outcome === "completed") metrics.observe(WHOLE, labels, totalMs / 1000);
  };
}

/** Reads the state of the replicas whenever it is asked for. */
export function collectFleet(metrics: Metrics, fleet: Fleet): void {
  const each = (valueOf: (group: ReplicaGroup) => number) => () =>
    fleet.groups().map((group) => ({ labels: labelsOf(group.served), value: valueOf(group) }));
  metrics.collect(
    WAITING,
    each(({ waiting }) => waiting),
  );
  metrics.collect(
    RUNNING,
    each((group) => sum(group.replicas.map((replica) => group.busy(replica)))),
  );
  metrics.collect(
    REPLICAS,
    each(({ replicas }) => replicas.filter(({ session }) => session !== undefined).length),
  );
  metrics.collect(
    RESTARTS,
    each(({ replicas }) => sum(replicas.map(({ restarts }) => restarts))),
  );
}
