import type { ReplicaRequest, ReplicaToken } from "../replica_messages.ts";
import type { Keeper } from "./keeper.ts";
import { ReplicaLostError } from "./replica_errors.ts";

/** How often a request that has not begun to be answered is asked again after its replica was lost. */
const MOST_TRIES = 3;

/**
 * Generates with a kept replica. A loss before the first token is made good: the next process is asked. Later, the error passes.
 * @throws {ReplicaRefusedError} If the replica refuses. @throws {ReplicaLostError} If it is lost in the middle of an answer.
 * @throws {ReplicaUnavailableError} If it does not come up any more. Throws the signal's reason.
 */
export async function* generateWith(
  keeper: Keeper,
  request: ReplicaRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplicaToken, void, undefined> {
  for (let tries = 1; ; tries++) {
    const session = await keeper.ready(signal);
    let begun = false;
    try {
      for await (const token of session.generate(request, signal)) {
        begun = true;
        yield token;
      }
      return;
    } catch (error) {
      if (!(error instanceof ReplicaLostError) || begun || tries === MOST_TRIES) throw error;
    }
  }
}
