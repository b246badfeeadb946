/** What is measured of every service. */
import { counter, histogram, type Labels } from "./metric.ts";
import type { Metrics } from "./metrics.ts";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const HTTP_REQUESTS = counter({
  name: "millrace_http_requests_total",
  help: "Requests answered, by the pattern of their path.",
  labels: ["service", "project", "method", "route", "status"],
});

export const HTTP_SECONDS = histogram({
  name: "millrace_http_request_duration_seconds",
  help: "Time from a request to the headers of its answer.",
  labels: ["service", "project", "method", "route"],
  buckets: SECONDS,
});

export const EVENTS_SETTLED = counter({
  name: "millrace_events_total",
  help: "Deliveries by what became of them: handled, repeated (handled before), failed (comes again), parked.",
  labels: ["service", "project", "consumer", "outcome"],
});

export const EVENT_WAIT_SECONDS = histogram({
  name: "millrace_event_wait_seconds",
  help: "Time from an event's being stored to its first delivery: how far a consumer is behind.",
  labels: ["service", "project", "consumer"],
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3600],
});

export const EVENT_SECONDS = histogram({
  name: "millrace_event_duration_seconds",
  help: "Time a handler and its transaction took.",
  labels: ["service", "project", "consumer"],
  buckets: SECONDS,
});

export const JOBS_ENDED = counter({
  name: "millrace_jobs_total",
  help: "Attempts of jobs by outcome: completed, failed (for good), retried, left (cancelled, taken over, stopped, or waiting for another service).",
  labels: ["service", "project", "kind", "outcome"],
});

export const JOB_SECONDS = histogram({
  name: "millrace_job_duration_seconds",
  help: "Time an attempt of a job took.",
  labels: ["service", "project", "kind"],
  buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400],
});

/** Shows a counter that an alert looks at as none, before there is one: Prometheus sees no increase in a series whose first value is 1. */
export function noneParked(metrics: Metrics, labels: Labels<"service" | "project" | "consumer">): void {
  metrics.add(EVENTS_SETTLED, { ...labels, outcome: "parked" }, 0);
}

/** As `noneParked`, of jobs that fail for good. */
export function noneFailed(metrics: Metrics, labels: Labels<"service" | "project" | "kind">): void {
  metrics.add(JOBS_ENDED, { ...labels, outcome: "failed" }, 0);
}
