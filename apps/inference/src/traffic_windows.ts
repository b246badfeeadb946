/** Counts requests in windows of time, to be told of when a window is over. Kept in memory: what was not told is lost with the process. */
import type { EventData, EVENTS, TrafficWindow } from "@millrace/contracts";
import { addToSketch, emptySketch } from "@millrace/statistics";
import type { Observation, RecordObservation } from "./observation.ts";

/** A window that is over, and the project it happened in. */
export interface EndedWindow {
  readonly project: string;
  /** Its prompts are not counted yet. */
  readonly data: EventData<typeof EVENTS.trafficObserved>;
  /** Token ids that prompts of users began with. */
  readonly prompts: readonly (readonly number[])[];
}

export interface TrafficWindows {
  readonly record: RecordObservation;
  /**
   * Takes the windows that were over at a time, oldest first; each is given once.
   * @param nowMs Milliseconds since 1970.
   */
  takeEnded(nowMs: number): readonly EndedWindow[];
  /** Puts back what could not be told of, oldest first. Of many, only the newest keep their prompts. */
  putBack(windows: readonly EndedWindow[]): void;
}

export const WINDOW_MS = 10_000;

/** Prompts of a window, and ids of a prompt, that are remembered until they are counted: that takes 40 characters. */
const MOST_PROMPTS = 1000;
const MOST_IDS = 160;
/** Windows that wait with their prompts, of about a megabyte at most each; counts of a window take some hundred bytes. */
const MOST_WITH_PROMPTS = 30;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Counted = Mutable<TrafficWindow>;
interface Open {
  readonly project: string;
  readonly model: string;
  readonly version: number;
  readonly startMs: number;
  readonly real: Counted;
  readonly synthetic: Counted;
  readonly prompts: (readonly number[])[];
}

/** @param gateway Names this process, for as long as it lives. */
export function createTrafficWindows(gateway: string): TrafficWindows {
  const open = new Map<string, Open>();
  const again: EndedWindow[] = [];

  function record(observation: Observation): void {
    const { served, startedAt, totalMs, isSynthetic } = observation;
    const { project, model, version } = served;
    const startMs = Math.floor((startedAt + totalMs) / WINDOW_MS) * WINDOW_MS;
    const key = JSON.stringify([project, model, version, startMs]);
    const window = open.get(key) ?? {
      project,
      model,
      version,
      startMs,
      real: emptyWindow(),
      synthetic: emptyWindow(),
      prompts: [],
    };
    open.set(key, window);
    count(isSynthetic ? window.synthetic : window.real, observation);
    if (isSynthetic || observation.outcome !== "completed") return;
    const room = MOST_PROMPTS - window.prompts.length;
    window.prompts.push(...observation.prompts.slice(0, room).map((ids) => ids.slice(0, MOST_IDS)));
  }

  function takeEnded(nowMs: number): EndedWindow[] {
    const ended = again.splice(0);
    for (const [key, { project, model, version, startMs, real, synthetic, prompts }] of open) {
      if (startMs + WINDOW_MS > nowMs) continue;
      open.delete(key);
      if (real.requests + real.refused + synthetic.requests + synthetic.refused === 0) continue;
      const windowStart = new Date(startMs).toISOString();
      const data = { model, version, gateway, windowStart, windowMs: WINDOW_MS, real, synthetic };
      ended.push({ project, data, prompts });
    }
    return ended;
  }

  function putBack(windows: readonly EndedWindow[]): void {
    const bare = windows.length - MOST_WITH_PROMPTS;
    again.push(...windows.map((window, index) => (index < bare ? { ...window, prompts: [] } : window)));
  }

  return { record, takeEnded, putBack };
}

function emptyWindow(): Counted {
  return {
    requests: 0,
    errors: 0,
    refused: 0,
    promptTokens: 0,
    outputTokens: 0,
    firstTokenMs: emptySketch(),
    perTokenMs: emptySketch(),
    totalMs: emptySketch(),
    prompts: null,
  };
}

function count(window: Counted, observation: Observation): void {
  const { outcome, firstTokenMs, perTokenMs, totalMs, promptTokens, completionTokens } = observation;
  if (outcome === "shed") window.refused += 1;
  // Who goes away, or asks for what cannot be, says nothing of the version.
  if (outcome !== "completed" && outcome !== "failed") return;
  window.requests += 1;
  if (outcome === "failed") window.errors += 1;
  window.promptTokens += promptTokens;
  window.outputTokens += completionTokens;
  if (firstTokenMs !== null) addToSketch(window.firstTokenMs, firstTokenMs);
  if (perTokenMs !== null) addToSketch(window.perTokenMs, perTokenMs);
  if (outcome === "completed") addToSketch(window.totalMs, totalMs);
}
