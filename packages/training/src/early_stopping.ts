/** What early stopping remembers between validations. */
export interface EarlyStopping {
  /** Least validation loss so far, nats a token. */
  readonly bestLoss: number;
  /** Step after which it was measured. */
  readonly bestStep: number;
  /** Validations since then. */
  readonly checksWithoutImprovement: number;
}

/** The state before the first validation. */
export const NO_VALIDATION_YET: EarlyStopping = { bestLoss: Infinity, bestStep: -1, checksWithoutImprovement: 0 };

/** Takes one validation into account. A loss equal to the best is no improvement; NaN never is. */
export function updateEarlyStopping(state: EarlyStopping, step: number, loss: number): EarlyStopping {
  if (loss < state.bestLoss) return { bestLoss: loss, bestStep: step, checksWithoutImprovement: 0 };
  return { ...state, checksWithoutImprovement: state.checksWithoutImprovement + 1 };
}

/**
 * Tells whether a run should stop.
 * @param patience Validations without improvement that are borne; undefined never stops.
 */
export function shouldStop(state: EarlyStopping, patience: number | undefined): boolean {
  return patience !== undefined && state.checksWithoutImprovement >= patience;
}
