import type { AlertView } from "@millrace/contracts";

/** What a window, or a sample of prompts, says of a version. */
export interface Finding extends Pick<AlertView, "kind" | "severity" | "title" | "value" | "threshold" | "evidence"> {
  readonly isWrong: boolean;
}

/** Which version, as people read it. */
export type Named = Pick<AlertView, "model" | "version">;
