import type { Evaluation } from "@millrace/contracts";
import { verdict } from "@millrace/features";
import type { Gathered } from "./gather.ts";
import type { Measures } from "./measure.ts";
import { slicesOf, tokenScores } from "./slices.ts";

/**
 * Puts what was measured into the form that is kept, with a verdict that says what was not looked at.
 * @param trainingTokens All there are; the n-gram model may have counted fewer.
 */
export function evaluationOf(
  measures: Measures,
  gathered: Pick<Gathered, "documents" | "conversations" | "described" | "sizeBytes" | "eligible" | "trainingTokens">,
  trainingTokens: number,
): Evaluation {
  const { described } = gathered;
  const documents = gathered.documents.length;
  const counted = gathered.trainingTokens.length;
  const bounds = [
    ...(documents < gathered.eligible ? [`measured on ${documents} of ${gathered.eligible} documents`] : []),
    ...(counted < trainingTokens ? [`counting saw ${counted} of ${trainingTokens} training tokens`] : []),
  ];
  const said = verdict(measures.bitsPerByte);
  const all = [...described.keys()];
  return {
    bitsPerByte: measures.bitsPerByte,
    verdict: bounds.length === 0 ? said : `${said} (${bounds.join(", ")})`,
    documents,
    bytes: gathered.sizeBytes,
    tokens: described.reduce((sum, { tokens }) => sum + tokens, 0),
    scores: {
      model: tokenScores(measures.model, described, all),
      ngram: tokenScores(measures.ngram, described, all),
    },
    slices: slicesOf(described, measures),
    ...(gathered.conversations > 0 && { conversations: gathered.conversations }),
    ...(measures.tasks.length > 0 && { tasks: [...measures.tasks] }),
  };
}
