/**
 * The replicas of one version, and the queue before them: a sequence is given to the replica with the most free slots as soon as
 * there is one, in the order of arrival. Whoever loses its replica comes again and is given another one.
 */
import type { FrontDesk } from "./front_desk.ts";
import { type Keeper, keepReplica } from "./keeper.ts";
import type { FleetPorts, Served } from "./ports.ts";
import { ReplicaUnavailableError } from "./replica_errors.ts";
import type { ReplicaSession } from "./replica_session.ts";

/** Sequences that may wait, for each that is generated. */
const WAITING_PER_SLOT = 8;

/** A slot of a replica, to generate one sequence in. */
export interface Seat {
  readonly session: ReplicaSession;
  /** Gives it back; once, however often it is called. */
  leave(): void;
}

/** The replicas of one version. */
export interface ReplicaGroup {
  readonly served: Served;
  readonly replicas: readonly Keeper[];
  /** Slots in use of one of the replicas. */
  busy(replica: Keeper): number;
  /** Sequences without a slot. */
  readonly waiting: number;
  /** True once it was asked to end. */
  readonly isClosing: boolean;
  /**
   * Takes places in the queue, unless it is full. Whoever finds the queue empty gets as many as it wants.
   * @returns Gives them back, once however often it is called; undefined if there are not enough.
   */
  admit(sequences: number): (() => void) | undefined;
  /**
   * Waits until one of the replicas is ready.
   * @throws {ReplicaUnavailableError} If all of them are in a crash loop, or were stopped. Throws the signal's reason.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** Waits for a free slot. @throws As `ready`. */
  seat(signal: AbortSignal): Promise<Seat>;
  /** Lets those in the queue be answered, until `cut` is aborted, then ends the processes. */
  close(cut: AbortSignal): Promise<void>;
}

interface Waiter {
  /** Whether it takes a slot. */
  readonly sits: boolean;
  resolve(session: ReplicaSession): void;
  reject(error: unknown): void;
}

/** Starts the replicas of a version. */
export function keepGroup(served: Served, count: number, desk: FrontDesk, ports: FleetPorts): ReplicaGroup {
  const waiters = new Set<Waiter>();
  const inUse = new Map<ReplicaSession, number>();
  let load = 0;
  let isClosing = false;
  let emptied = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  // On a small machine two that start at once would keep each other from answering: the others follow the first.
  const replicas = Array.from({ length: count }, (_, index) =>
    keepReplica(served, index + 1, desk, ports, index === 0 ? Promise.resolve() : first.promise, serve),
  );

  function freeSlots({ session }: Keeper): number {
    return session === undefined ? 0 : session.slots - (inUse.get(session) ?? 0);
  }

  /** Gives everyone who waits what there is. */
  function serve(): void {
    if (replicas[0]?.state !== "starting") first.resolve();
    for (const waiter of waiters) {
      const open = replicas.filter(({ session }) => session !== undefined);
      const [freest] = open.toSorted((left, right) => freeSlots(right) - freeSlots(left));
      const session = freest?.session;
      if (freest === undefined || session === undefined) {
        const failures = replicas.map(({ failure }) => failure);
        // One that is being started is worth waiting for.
        if (failures.includes(undefined)) return;
        waiters.delete(waiter);
        waiter.reject(new ReplicaUnavailableError(failures.at(-1) ?? "there is no replica"));
      } else if (!waiter.sits || freeSlots(freest) > 0) {
        waiters.delete(waiter);
        if (waiter.sits) inUse.set(session, (inUse.get(session) ?? 0) + 1);
        waiter.resolve(session);
      }
    }
  }

  async function wait(signal: AbortSignal, sits: boolean): Promise<ReplicaSession> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ReplicaSession>();
    const waiter: Waiter = { sits, resolve, reject };
    const abort = (): void => {
      if (waiters.delete(waiter)) reject(signal.reason);
    };
    signal.addEventListener("abort", abort);
    waiters.add(waiter);
    serve();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  return {
    served,
    replicas,
    busy: ({ session }) => (session === undefined ? 0 : (inUse.get(session) ?? 0)),
    get waiting() {
      return [...waiters].filter(({ sits }) => sits).length;
    },
    get isClosing() {
      return isClosing;
    },
    admit(sequences) {
      const slots = replicas.reduce((sum, replica) => sum + replica.slots, 0);
      if (load > 0 && load + sequences > Math.max(1, slots) * (1 + WAITING_PER_SLOT)) return undefined;
      load += sequences;
      let taken = sequences;
      return () => {
        load -= taken;
        taken = 0;
        if (load > 0) return;
        emptied.resolve();
        emptied = Promise.withResolvers();
      };
    },
    async ready(signal) {
      await wait(signal, false);
    },
    async seat(signal) {
      const session = await wait(signal, true);
      let sits = true;
      return {
        session,
        leave() {
          if (!sits) return;
          sits = false;
          const left = (inUse.get(session) ?? 0) - 1;
          if (left > 0) inUse.set(session, left);
          else inUse.delete(session);
          serve();
        },
      };
    },
    async close(cut) {
      isClosing = true;
      const late = new Promise<void>((resolve) => cut.addEventListener("abort", () => resolve(), { once: true }));
      if (load > 0 && !cut.aborted) await Promise.race([emptied.promise, late]);
      await Promise.all(replicas.map((replica) => replica.stop()));
    },
  };
}
