/** What stands in the rows of training and validation, with and without conversations. */
import { markedWindows } from "./marked_windows.ts";
import { passOrder } from "./pass_order.ts";
import type { ReplicaOptions } from "./replica_port.ts";
import type { TokenBatch } from "./token_stream.ts";
import { trainingRows } from "./training_windows.ts";
import { fillWindows, shuffled, shuffledValidationWindows, type ValidationWindow } from "./validation_windows.ts";

type Data = Pick<ReplicaOptions, "config" | "training" | "tokens" | "validation" | "marks">;

export interface Rows {
  /** All rows of validation, in an order that makes the first few a fair sample. */
  readonly windows: readonly ValidationWindow[];
  /** Fills a batch with the rows of one leaf of training. */
  fillTraining(batch: TokenBatch, place: { readonly step: number; readonly leaf: number }): void;
  fillValidation(batch: TokenBatch, windows: readonly ValidationWindow[]): void;
}

/** @throws {RangeError} If there are marks, and nothing to be learnt by them. */
export function rowsOf({ config: { contextLength }, training, tokens, validation, marks }: Data): Rows {
  const { seed, leaves, leafBatch } = training;
  if (marks === undefined) {
    return {
      windows: shuffledValidationWindows(validation.tokens, validation.endOfText, contextLength),
      fillTraining: trainingRows(tokens, contextLength, training),
      fillValidation: (batch, windows) => fillWindows(batch, validation.tokens, contextLength, windows),
    };
  }
  const rows = markedWindows(marks.training, contextLength, "cut off");
  if (rows.length === 0) {
    throw new RangeError(
      `training on conversations: found no answer within the first ${contextLength} tokens of any, wanted one; raise model.contextLength`,
    );
  }
  const order = passOrder(seed, rows.length);
  return {
    windows: shuffled(markedWindows(marks.validation, contextLength, "cut off")),
    fillTraining(batch, { step, leaf }) {
      const first = (step * leaves + leaf) * leafBatch;
      const chosen = Array.from({ length: leafBatch }, (_, row) => rows[order(first + row)]!);
      fillWindows(batch, tokens, contextLength, chosen, marks.training);
    },
    fillValidation: (batch, windows) => fillWindows(batch, validation.tokens, contextLength, windows, marks.validation),
  };
}
