/** How the stages of a pipeline hand each other what flows through them. */

/** Says what is sent; between two stages each is sent once, and again only after it has been received. */
export interface StageLabel {
  /** Rows on the way forward, of training or validation; the gradient by rows on the way back; squares of a stage's gradient. */
  readonly what: "rows" | "validation" | "gradient" | "squares";
  readonly step: number;
  readonly leaf: number;
}

/** The stages of the pipeline that this one belongs to. */
export interface StageLink {
  /** @param values Kept as they are until they have arrived; nobody may change them afterwards. */
  send(stage: number, label: StageLabel, values: Float32Array): void;
  /**
   * Resolves with what the stage has sent or will send.
   * @throws {PipelineBrokenError} If the pipeline is no longer whole.
   */
  receive(stage: number, label: StageLabel): Promise<Float32Array>;
}

/** What was under way is void: a stage is lost, or others are to be brought in. */
export class PipelineBrokenError extends Error {
  override readonly name = "PipelineBrokenError";
}

/**
 * Receives a vector of a known length.
 * @throws {RangeError} If another length came.
 */
export async function receiveFloats(
  link: StageLink,
  stage: number,
  label: StageLabel,
  floats: number,
): Promise<Float32Array> {
  const values = await link.receive(stage, label);
  if (values.length === floats) return values;
  const { what, step, leaf } = label;
  throw new RangeError(
    `${what} of step ${step}, leaf ${leaf} from stage ${stage}: found ${values.length} numbers, wanted ${floats}`,
  );
}
