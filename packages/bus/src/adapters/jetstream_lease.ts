import type { NatsConnection } from "@nats-io/nats-core";
import { Kvm } from "@nats-io/kv";
import { checkLease, type Holding, type Lease, type LeaseResult } from "../lease.ts";
import { wrongRevision } from "./jetstream_errors.ts";

const BUCKET = "millrace-lease";

/** A holding and the revision of the entry it was read from; revision 0 when there is no entry. */
interface Read {
  readonly holding: Holding;
  readonly revision: number;
}

/**
 * Leases as entries of a key-value bucket, changed by compare-and-set on their revision. The expiry is part of the value: a
 * time to live on the bucket or key would be dropped silently by older servers, and lose the generation on newer ones.
 * @param connection Left open.
 * @param options.now ms since 1970.
 */
export async function jetstreamLease(
  connection: NatsConnection,
  { now }: { readonly now: () => number },
): Promise<Lease> {
  // Direct reads may come from a replica that lags behind.
  const bucket = await new Kvm(connection).create(BUCKET, { history: 1, allow_direct: false });

  async function read(name: string): Promise<Read> {
    const entry = await bucket.get(name);
    if (!entry) return { holding: { name, holder: "", generation: 0, expiresAt: 0 }, revision: 0 };
    return { holding: entry.json<Holding>(), revision: entry.revision };
  }

  /** Writes if nobody has written since `revision`; else says who has. */
  async function compareAndSet(holding: Holding, revision: number): Promise<LeaseResult> {
    try {
      await bucket.put(holding.name, JSON.stringify(holding), { previousSeq: revision });
      return { held: true, holding };
    } catch (error) {
      if (!wrongRevision(error)) throw error;
      return { held: false, current: (await read(holding.name)).holding };
    }
  }

  return {
    async acquire(name, holder, durationMs) {
      checkLease(name, holder, durationMs);
      const { holding: before, revision } = await read(name);
      if (before.expiresAt > now()) return { held: false, current: before };
      return compareAndSet(
        { name, holder, generation: before.generation + 1, expiresAt: now() + durationMs },
        revision,
      );
    },
    async renew(holding, durationMs) {
      checkLease(holding.name, holding.holder, durationMs);
      const { holding: found, revision } = await read(holding.name);
      if (!isCurrent(holding, found)) return { held: false, current: found };
      return compareAndSet({ ...found, expiresAt: now() + durationMs }, revision);
    },
    async release(holding) {
      const { holding: found, revision } = await read(holding.name);
      // The entry stays, so that generations go on. Losing the race means that another generation has begun, or a renewal: ours.
      if (isCurrent(holding, found)) await compareAndSet({ ...found, expiresAt: 0 }, revision);
    },
  };
}

/** Is `found` this holding, perhaps renewed, and not released? */
function isCurrent(holding: Holding, found: Holding): boolean {
  return found.generation === holding.generation && found.holder === holding.holder && found.expiresAt > 0;
}
