import type { Evaluation } from "@millrace/contracts";
import { verdict } from "@millrace/features";
import type { Gathered } from "./gather.ts";
import type { Measures } from "./measure.ts";

/**
 * Puts what was measured into the form that is kept, with a verdict that says what was not looked at.
 * @param trainingTokens All there are; the n-gram model may have counted fewer.
 */
export function evaluationOf(
  measures: Measures,
  gathered: Pick<Gathered, "documents" | "sizeBytes" | "eligible" | "trainingTokens">,
  trainingTokens: number,
): Evaluation {
  const documents = gathered.documents.length;
  const counted = gathered.trainingTokens.length;
  const bounds = [
    ...(documents < gathered.eligible ? [`measured on ${documents} of ${gathered.eligible} documents`] : []),
    ...(counted < trainingTokens ? [`counting saw ${counted} of ${trainingTokens} training tokens`] : []),
  ];
  const said = verdict(measures);
  return {
    bitsPerByte: measures,
    verdict: bounds.length === 0 ? said : `${said} (${bounds.join(", ")})`,
    documents,
    bytes: gathered.sizeBytes,
  };
}
