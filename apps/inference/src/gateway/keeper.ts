/**
 * Keeps one replica of one version alive: starts it, waits for it to join and load, starts it anew when it is lost. A replica that
 * is lost again and again is started less and less often, and those who wait for it are told why.
 */
import type { FrontDesk } from "./front_desk.ts";
import type { FleetPorts, Served } from "./ports.ts";
import { ReplicaUnavailableError } from "./replica_errors.ts";
import type { ReplicaSession } from "./replica_session.ts";

/** Longest time from start to ready. */
const START_MS = 120_000;
/** A replica that was ready for so long did not die of a crash loop. */
const STEADY_MS = 60_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** Losses in a row from which on it counts as a crash loop. */
const CRASH_LOOP = 3;
/** Sequences that may wait, for each that is generated. */
const WAITING_PER_SLOT = 8;

/** One replica, whichever process it is in now. */
export interface Keeper {
  readonly served: Served;
  readonly state: "starting" | "ready" | "lost";
  /** 0 until it was ready for the first time. */
  readonly slots: number;
  /** Slots in use. */
  readonly busy: number;
  /**
   * Takes places in the queue, unless it is full. Whoever finds the queue empty gets as many as it wants.
   * @returns Gives them back, once however often it is called; undefined if there are not enough.
   */
  admit(sequences: number): (() => void) | undefined;
  /**
   * Waits until it is ready.
   * @throws {ReplicaUnavailableError} If it is in a crash loop, or was stopped. Throws the signal's reason.
   */
  ready(signal: AbortSignal): Promise<ReplicaSession>;
  /** Ends the process for good. */
  stop(): Promise<void>;
}

/** Starts a replica. */
export function keepReplica(served: Served, desk: FrontDesk, ports: FleetPorts): Keeper {
  const label = `${served.project}/${served.model}@${served.version}`;
  const log = ports.log.with({ replica: label });
  const stopping = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve("stopped"));
  });
  let state: Keeper["state"] = "starting";
  let session: ReplicaSession | undefined;
  let slots = 0;
  let load = 0;
  let losses = 0;
  let lastReason = "";
  let changed = Promise.withResolvers<void>();

  function change(next: Keeper["state"], nextSession?: ReplicaSession): void {
    state = next;
    session = nextSession;
    changed.resolve();
    changed = Promise.withResolvers();
  }

  /** One process from start to end; returns why it ended. */
  async function live(name: string): Promise<string> {
    const ready = Promise.withResolvers<ReplicaSession>();
    const broken = Promise.withResolvers<string>();
    const forget = desk.expect(name, {
      package: served.package.sha256,
      readBlob: (sha256) => ports.readBlob(served.project, sha256),
      onReady: ready.resolve,
      onBroken: (error) => broken.resolve(error instanceof Error ? error.message : String(error)),
    });
    const child = ports.spawn(name, desk);
    const timer = setTimeout(() => broken.resolve(`not ready within ${START_MS} ms`), START_MS);
    try {
      const first = await Promise.race([ready.promise, child.exited, broken.promise, stopped]);
      if (typeof first === "string") return first;
      clearTimeout(timer);
      slots = first.slots;
      const readyAt = ports.now();
      log.info("a replica is ready", { slots, pid: child.pid });
      change("ready", first);
      const reason = await Promise.race([child.exited, first.closed, stopped]);
      change("lost");
      if (ports.now() - readyAt >= STEADY_MS) losses = 0;
      first.close();
      return reason;
    } finally {
      clearTimeout(timer);
      forget();
      child.kill();
      await child.exited;
    }
  }

  async function keep(): Promise<void> {
    for (let life = 1; !stopping.signal.aborted; life++) {
      const reason = await live(`${label}#${life}`);
      if (stopping.signal.aborted) break;
      losses++;
      lastReason = reason;
      const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (losses - 1));
      const report = { losses, reason, delayMs };
      if (losses >= CRASH_LOOP) log.error("a replica is lost again and again", report);
      else log.warn("a replica was lost", report);
      // Also for those who wait: they hear of a crash loop.
      change("lost");
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, delayMs))), stopped]);
      clearTimeout(timer);
      if (!stopping.signal.aborted) change("starting");
    }
    change("lost");
  }
  const kept = keep();

  return {
    served,
    get state() {
      return state;
    },
    get slots() {
      return slots;
    },
    get busy() {
      return Math.min(load, slots);
    },
    admit(sequences) {
      if (load > 0 && load + sequences > Math.max(1, slots) * (1 + WAITING_PER_SLOT)) return undefined;
      load += sequences;
      let taken = sequences;
      return () => {
        load -= taken;
        taken = 0;
      };
    },
    async ready(signal) {
      const aborted = Promise.withResolvers<never>();
      const abort = (): void => aborted.reject(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        for (;;) {
          signal.throwIfAborted();
          if (session?.isOpen === true) return session;
          if (stopping.signal.aborted) throw new ReplicaUnavailableError(`${label} is served no longer`);
          if (losses >= CRASH_LOOP) {
            throw new ReplicaUnavailableError(`the replica of ${label} was lost ${losses} times: ${lastReason}`);
          }
          await Promise.race([changed.promise, aborted.promise]);
        }
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    async stop() {
      stopping.abort();
      await kept;
    },
  };
}
