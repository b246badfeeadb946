import type { EventData, EVENTS, RuntimeFingerprint as PublishedFingerprint } from "@millrace/contracts";
import type { Validation } from "./training_job.ts";

/** What a run is, apart from the settings of its training. */
export interface RunRequest {
  readonly runId: string;
  /** Which claim of the job this is. */
  readonly claim: number;
  /** Tells that the training begins. @param from The checkpoint of another run with which it does. */
  started(fingerprint: PublishedFingerprint, from?: EventData<typeof EVENTS.trainingStarted>["from"]): Promise<void>;
  /** Tells of a checkpoint before it is kept. */
  checkpointed(checkpoint: EventData<typeof EVENTS.trainingCheckpointed>): Promise<void>;
  /** Tells how far it is, now and then. */
  stepped(step: number): Promise<void>;
  /** All validations so far, of earlier claims too. */
  validated?(validations: readonly Validation[]): void;
}
