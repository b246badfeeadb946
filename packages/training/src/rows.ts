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
export function rowsOf(data: Data): Rows {
  return { ...validationRowsOf(data), fillTraining: trainingFill(data) };
}

/** Those of validation alone, which need no training tokens. */
export function validationRowsOf({
  config: { contextLength },
  validation,
  marks,
}: Pick<Data, "config" | "validation" | "marks">): Omit<Rows, "fillTraining"> {
  const { tokens, endOfText } = validation;
  return {
    windows:
      marks === undefined
        ? shuffledValidationWindows(tokens, endOfText, contextLength)
        : shuffled(markedWindows(marks.validation, contextLength, "cut off")),
    fillValidation: (batch, windows) => fillWindows(batch, tokens, contextLength, windows, marks?.validation),
  };
}

function trainingFill({ config: { contextLength }, training, tokens, marks }: Data): Rows["fillTraining"] {
  if (marks === undefined) return trainingRows(tokens, contextLength, training);
  const { seed, leaves, leafBatch } = training;
  const rows = markedWindows(marks.training, contextLength, "cut off");
  if (rows.length === 0) {
    throw new RangeError(
      `training on conversations: found no answer within the first ${contextLength} tokens of any, wanted one; raise model.contextLength`,
    );
  }
  const order = passOrder(seed, rows.length);
  return (batch, { step, leaf }) => {
    const first = (step * leaves + leaf) * leafBatch;
    const chosen = Array.from({ length: leafBatch }, (_, row) => rows[order(first + row)]!);
    fillWindows(batch, tokens, contextLength, chosen, marks.training);
  };
}
