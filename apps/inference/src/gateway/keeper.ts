/**
 * Keeps one replica of one version alive: starts it, waits for it to join and load, starts it anew when it is lost. A replica that
 * is lost again and again is started less and less often, and those who wait for it are told why.
 */
import type { FrontDesk } from "./front_desk.ts";
import type { FleetPorts, Served } from "./ports.ts";
import type { ReplicaSession } from "./replica_session.ts";

/** Longest time from start to ready. */
const START_MS = 120_000;
/** A replica that was ready for so long did not die of a crash loop. */
const STEADY_MS = 60_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** Losses in a row from which on it counts as a crash loop. */
const CRASH_LOOP = 3;
/** One replica, whichever process it is in now. */
export interface Keeper {
  /** `<model>@<version>/<number>`. */
  readonly id: string;
  readonly state: "starting" | "ready" | "lost";
  /** 0 until it was ready for the first time. */
  readonly slots: number;
  /** The process that is ready. */
  readonly session: ReplicaSession | undefined;
  /** How often a process was started in place of one that was lost. */
  readonly restarts: number;
  /** Why nobody should wait for it: it is in a crash loop, or was stopped. */
  readonly failure: string | undefined;
  /** Ends the process for good. */
  stop(): Promise<void>;
}

/**
 * Starts a replica.
 * @param number Tells it from the others of its version.
 * @param begin Resolves when it may be started for the first time.
 * @param onChange Called whenever a field has changed.
 */
export function keepReplica(
  served: Served,
  number: number,
  desk: FrontDesk,
  ports: FleetPorts,
  begin: Promise<void>,
  onChange: () => void,
): Keeper {
  const id = `${served.model}@${served.version}/${number}`;
  const label = `${served.project}/${id}`;
  const log = ports.log.with({ replica: label });
  const stopping = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve("stopped"));
  });
  let state: Keeper["state"] = "starting";
  let session: ReplicaSession | undefined;
  let slots = 0;
  let losses = 0;
  let restarts = 0;
  let lastReason = "";

  function change(next: Keeper["state"], nextSession?: ReplicaSession): void {
    state = next;
    session = nextSession;
    onChange();
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
    await Promise.race([begin, stopped]);
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
      if (stopping.signal.aborted) break;
      restarts++;
      change("starting");
    }
    change("lost");
  }
  const kept = keep();

  return {
    id,
    get state() {
      return state;
    },
    get slots() {
      return slots;
    },
    get session() {
      return session?.isOpen === true ? session : undefined;
    },
    get restarts() {
      return restarts;
    },
    get failure() {
      if (stopping.signal.aborted) return `${label} is served no longer`;
      return losses >= CRASH_LOOP ? `the replica ${label} was lost ${losses} times: ${lastReason}` : undefined;
    },
    async stop() {
      stopping.abort();
      await kept;
    },
  };
}
