import type { ReplicaRequest, ReplicaToken } from "../replica_messages.ts";
import { ReplicaLostError } from "./replica_errors.ts";
import type { ReplicaGroup } from "./replica_group.ts";

/** How often a request is asked again after its replica was lost: one that kills what it is given to must not go round for ever. */
const MOST_TRIES = 3;

/** How far a loss is made good: until the first token, or to the end, where nobody has seen what came before. */
export type Retry = "until begun" | "to the end";

/**
 * Generates with the replicas of a version. When one is lost another is asked the same with the same seed, so it says the same: what was
 * given before is left out.
 * @throws {ReplicaRefusedError} If the replica refuses. @throws {ReplicaLostError} If a loss is not made good.
 * @throws {ReplicaUnavailableError} If none comes up any more. Throws the signal's reason.
 */
export async function* generateWith(
  group: ReplicaGroup,
  request: ReplicaRequest,
  retry: Retry,
  signal: AbortSignal,
): AsyncGenerator<ReplicaToken, void, undefined> {
  let given = 0;
  for (let tries = 1; ; tries++) {
    const seat = await group.seat(signal);
    let come = 0;
    try {
      for await (const token of seat.session.generate(request, signal)) {
        if (come++ < given) continue;
        given++;
        yield token;
      }
      return;
    } catch (error) {
      const isOver = retry === "until begun" && given > 0;
      if (!(error instanceof ReplicaLostError) || isOver || tries === MOST_TRIES) throw error;
    } finally {
      seat.leave();
    }
  }
}
