/** The tiny recipe through a cluster, with parts killed on the way. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { EventBus, LoggedEvent } from "@millrace/bus";
import { CloudEvent, STREAMS, type Summary } from "@millrace/contracts";
import type { Cluster, Part } from "./cluster.ts";
import { millrace, readSummary, ROOT, TINY } from "./millrace.ts";

const PATIENCE_MS = 150_000;

/** Kill a part when an event of a type is seen, a random time of up to `withinMs` later. */
export interface Kill {
  readonly part: Part;
  /** E.g. `millrace.training.start.v1`. */
  readonly at: string;
  readonly withinMs: number;
}

/** A kill that happened. */
export interface Killed extends Kill {
  /** ms after the event. */
  readonly afterMs: number;
  /** Whether the run was still under way. */
  readonly during: boolean;
}

export interface ClusterRun {
  readonly code: number | string;
  readonly errors: string;
  /** Undefined where the run did not come to an end. */
  readonly summary: Summary | undefined;
  readonly killed: readonly Killed[];
  /** What was told meanwhile, each stream in its order. */
  readonly events: readonly CloudEvent[];
}

/**
 * Runs the recipe as a user does, through the front.
 * @param kills One after another; the next one waits until the part before is back.
 * @param seed Chooses the moments.
 */
export async function runOn(
  cluster: Cluster,
  file: string,
  kills: readonly Kill[] = [],
  seed: string = "1",
): Promise<ClusterRun> {
  const watching = new AbortController();
  const following = await follow(cluster.bus, watching.signal);
  const events: CloudEvent[] = [];
  const killed: Killed[] = [];
  const args = ["run", TINY, "--once", "--json", "--summary", file];
  const running = millrace(args, ROOT, cluster.environment);
  let killing = Promise.resolve();
  const watched = (async () => {
    const left = new Set(kills);
    for await (const { payload } of following) {
      const event = CloudEvent.safeParse(JSON.parse(payload)).data;
      if (event !== undefined) events.push(event);
      for (const kill of left) {
        if (kill.at !== event?.type) continue;
        left.delete(kill);
        const afterMs = Math.round(fraction(`${seed} ${kill.part} ${kill.at}`) * kill.withinMs);
        killing = killing.then(async () => {
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          const during = running.process.exitCode === null;
          await cluster.kill(kill.part);
          killed.push({ ...kill, afterMs, during });
        });
      }
    }
  })();
  // A run that hangs is to be told with what the services complained of.
  const giveUp = setTimeout(() => running.process.kill("SIGKILL"), PATIENCE_MS);
  const code = await running.ended();
  clearTimeout(giveUp);
  watching.abort();
  await watched;
  await killing;
  const wrote = (await readFile(file).catch(() => undefined)) !== undefined;
  const errors = code === 0 ? running.errors() : `${running.errors()}\n${cluster.complaints()}`;
  return { code, errors, summary: wrote ? await readSummary(file) : undefined, killed, events };
}

const LOOK_MS = 50;

/** Events from now on, looked for again and again: where NATS itself is killed, nothing that was open to it can be counted on. */
async function follow(bus: EventBus, signal: AbortSignal): Promise<AsyncIterable<LoggedEvent>> {
  const next = new Map<string, number>();
  for (const { name } of STREAMS) {
    next.set(name, 1);
    for await (const { sequence } of bus.replay({ stream: name, from: "start" })) next.set(name, sequence + 1);
  }
  return (async function* () {
    while (!signal.aborted) {
      for (const [stream, from] of next) {
        try {
          for await (const event of bus.replay({ stream, from })) {
            next.set(stream, event.sequence + 1);
            yield event;
          }
        } catch {
          // It is away; the next look finds what comes meanwhile.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
}

/** Uniform in [0, 1), by the text alone. */
function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}
