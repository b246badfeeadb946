import { CorpusDocument } from "@millrace/contracts";
import { z } from "zod";

/** A document that passed cleaning: what the corpus will keep of it, and what deduplication compares. One JSON line. */
export const PassedDocument = CorpusDocument.omit({ split: true, clusterSize: true }).extend({
  exact: z.string(),
  signature: z.array(z.number().int()),
  /** Where its place in the file says on which side it stands. */
  split: CorpusDocument.shape.split.optional(),
});
export type PassedDocument = z.infer<typeof PassedDocument>;
