/** Which events a reader wants, in terms of subjects `millrace.<project>.<type without its first word>`. */
import { EVENT_STREAMS, type StreamDefinition, streamOf, subjectFor, typeOfSubject } from "@millrace/contracts";

/** Project of a subject. */
export function projectOfSubject(subject: string): string {
  return subject.split(".")[1] ?? "";
}

/** Does an event under `subject` pass? An absent condition lets everything through. */
export function passes(subject: string, types: readonly string[] | undefined, project: string | undefined): boolean {
  if (project !== undefined && projectOfSubject(subject) !== project) return false;
  return types === undefined || types.includes(typeOfSubject(subject));
}

/**
 * The stream that holds all of some event types.
 * @throws {RangeError} If there are none, no stream covers one of them, or they lie in several streams.
 */
export function streamOfTypes(types: readonly string[]): StreamDefinition {
  const [first, ...others] = types.map((type) => streamOf(type));
  if (first === undefined) throw new RangeError("choosing a stream: expected at least one event type, found none");
  const other = others.find((stream) => stream.name !== first.name);
  if (other) {
    throw new RangeError(
      `choosing a stream for ${types.join(", ")}: found ${first.name} and ${other.name}, expected types of one stream`,
    );
  }
  return first;
}

/**
 * A stream of events by its name.
 * @throws {RangeError} If there is none. Dead letters are no events: they are listed, not subscribed to.
 */
export function eventStream(name: string): StreamDefinition {
  const found = EVENT_STREAMS.find((stream) => stream.name === name);
  if (found) return found;
  const names = EVENT_STREAMS.map((stream) => stream.name).join(", ");
  throw new RangeError(`choosing stream "${name}": there is no such stream of events, wanted one of ${names}`);
}

/**
 * The narrowest single subject filter that covers some types: the exact subject for one type, else their common leading words
 * and `>`. What it lets through beyond the types is left to `passes`, because lists of filters need NATS 2.10.
 * @param types At least one event type.
 * @param project A project, or `*`.
 */
export function coveringSubject(types: readonly string[], project: string): string {
  const [first = [], ...others] = types.map((type) => subjectFor(project, type).split("."));
  const differs = first.findIndex((word, index) => others.some((other) => other[index] !== word));
  return differs === -1 ? first.join(".") : [...first.slice(0, differs), ">"].join(".");
}
