/** Streams, their subjects and retention. Every adapter of the bus creates exactly these. */
import type { CloudEvent } from "./envelope.ts";

export interface StreamDefinition {
  /** Stream name: letters, digits, `_`. */
  readonly name: string;
  /** Subject filter, NATS wildcards. */
  readonly subjects: readonly string[];
  /** Age after which messages may be removed. */
  readonly maxAgeDays: number;
  readonly description: string;
}

const DAY_LIMIT = 90;

/** One stream a domain: the token after the project in the subject. */
export const STREAMS: readonly StreamDefinition[] = [
  {
    name: "MILLRACE_PIPELINE",
    subjects: ["millrace.*.pipeline.>"],
    maxAgeDays: DAY_LIMIT,
    description: "Runs and their stages",
  },
  {
    name: "MILLRACE_CORPUS",
    subjects: ["millrace.*.corpus.>", "millrace.*.tokenizer.>"],
    maxAgeDays: DAY_LIMIT,
    description: "From sources to token shards",
  },
  {
    name: "MILLRACE_TRAINING",
    subjects: ["millrace.*.training.>"],
    maxAgeDays: DAY_LIMIT,
    description: "Training runs, progress, checkpoints",
  },
  {
    name: "MILLRACE_MODEL",
    subjects: ["millrace.*.model.>", "millrace.*.serving.>"],
    maxAgeDays: DAY_LIMIT,
    description: "Versions, packages, deployments, routes",
  },
  {
    name: "MILLRACE_OPERATIONS",
    subjects: ["millrace.*.rollout.>", "millrace.*.rule.>", "millrace.*.alert.>", "millrace.*.approval.>"],
    maxAgeDays: DAY_LIMIT,
    description: "Roll-outs, approvals, rules and alerts",
  },
  {
    name: "MILLRACE_TRAFFIC",
    subjects: ["millrace.*.traffic.>"],
    maxAgeDays: 14,
    description: "Windows of served requests",
  },
  {
    name: "MILLRACE_DEAD",
    subjects: ["millrace-dead.>"],
    maxAgeDays: 365,
    description: "Events that a consumer could not handle, with the error",
  },
];

/** The streams that hold events: all but that of dead letters. */
export const EVENT_STREAMS: readonly StreamDefinition[] = STREAMS.filter(({ subjects }) =>
  subjects.every((subject) => subject.startsWith("millrace.")),
);

/** Subject of an event: `millrace.<project>.<type without its first word>`. */
export function subjectOf(event: Pick<CloudEvent, "project" | "type">): string {
  return subjectFor(event.project, event.type);
}

/**
 * Subject, or subject filter, for a type.
 * @param project A project name, or `*` for all.
 * @param type An event type such as `millrace.corpus.cleaned.v1`.
 */
export function subjectFor(project: string, type: string): string {
  return `millrace.${project}.${type.slice("millrace.".length)}`;
}

/** Event type of a subject, whatever its project; of any subject, so it may be a type that nobody knows. */
export function typeOfSubject(subject: string): string {
  return `millrace.${subject.split(".").slice(2).join(".")}`;
}

/**
 * The stream whose subjects cover an event type.
 * @throws {RangeError} If no stream covers it.
 */
export function streamOf(type: string): StreamDefinition {
  const domain = type.split(".")[1];
  const found = STREAMS.find((stream) => stream.subjects.includes(`millrace.*.${domain}.>`));
  if (!found) throw new RangeError(`finding the stream of event type "${type}": no stream covers domain "${domain}"`);
  return found;
}

/** Subject under which a dead letter of a consumer is kept. */
export function deadSubjectOf(project: string, consumer: string): string {
  return `millrace-dead.${project}.${consumer}`;
}
