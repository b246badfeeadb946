import { type RuntimeFingerprint, arithmeticDifference } from "@millrace/execution";

/** What identifies the arithmetic of a training: the runtime's, and the revision of what the project has it compute. */
export interface TrainingFingerprint extends RuntimeFingerprint {
  /** Absent: 1, of before it was counted. */
  readonly revision?: number | undefined;
}

/** @returns Undefined if equal trainings give equal bytes on both; else what differs, in words for the one who is refused. */
export function otherArithmetic(wanted: TrainingFingerprint, found: TrainingFingerprint): string | undefined {
  return otherRevision(wanted, found) ?? arithmeticDifference(wanted, found);
}

/** @returns Undefined if the project computes trainings as it did; else what to say. */
export function otherRevision(
  wanted: Pick<TrainingFingerprint, "revision">,
  found: Pick<TrainingFingerprint, "revision">,
): string | undefined {
  const [made, now] = [wanted.revision ?? 1, found.revision ?? 1];
  if (made === now) return undefined;
  return `it was made with other arithmetic, revision ${made} of this project's, and here is revision ${now}`;
}
