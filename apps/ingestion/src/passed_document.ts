import { CorpusDocument, DroppedDocument } from "@millrace/contracts";
import { z } from "zod";

/** Of a part whose split its place says: id of the document that its file is where documents are split as wholes. */
const whole = z.string().optional();

/** A document that passed cleaning: what the corpus will keep of it, and what deduplication compares. One JSON line. */
export const PassedDocument = CorpusDocument.omit({ split: true, clusterSize: true }).extend({
  exact: z.string(),
  signature: z.array(z.number().int()),
  /** Where its place in the file says on which side it stands. */
  split: CorpusDocument.shape.split.optional(),
  whole,
});
export type PassedDocument = z.infer<typeof PassedDocument>;

/** A document that did not pass, as cleaning leaves it. One JSON line. */
export const LeftDocument = DroppedDocument.extend({ whole });
export type LeftDocument = z.infer<typeof LeftDocument>;
