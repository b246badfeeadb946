import { CloudEvent } from "@millrace/contracts";

/** The event that a line of the log is; undefined where it is none: those are shown among the dead letters. */
export function loggedEvent(payload: string): CloudEvent | undefined {
  try {
    return CloudEvent.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
