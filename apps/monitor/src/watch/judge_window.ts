import type { ProfileFeature } from "@millrace/features";
import type { ObservedWindow, TimeRange } from "../window_store.ts";
import type { Finding, Named } from "./finding.ts";
import { updateHysteresis } from "./hysteresis.ts";
import { collectPrompts, judgeDrift } from "./judge_drift.ts";
import { judgeErrors, judgeLatency, totalsOf } from "./judge_traffic.ts";
import { DRIFT, WINDOW_HYSTERESIS } from "./limits.ts";
import type { WatchState } from "./watch_state.ts";

/** An alert that a window raises or resolves. */
export interface Change {
  readonly change: "raised" | "resolved";
  readonly finding: Finding;
  readonly window: TimeRange;
}

/** The corpus profile that prompts are held against. */
export interface KnownProfile {
  readonly sha256: string;
  readonly features: readonly ProfileFeature[];
}

/** Judges the requests of a time by what is remembered of those before. Requests that services made do not count. */
export function judgeWindow(
  state: WatchState,
  named: Named,
  windows: readonly ObservedWindow[],
  range: TimeRange,
  profile: KnownProfile | undefined,
): { readonly state: WatchState; readonly changes: readonly Change[] } {
  const real = windows.map((window) => window.real);
  const totals = totalsOf(real);
  const latency = judgeLatency(state.latency, named, totals);
  const errors = judgeErrors(state.errors, named, totals);
  const prompts = real.flatMap(({ prompts: one }) => (one?.profile === profile?.sha256 && one ? [one.features] : []));
  const drift =
    profile === undefined || prompts.length === 0
      ? { state: state.drift, finding: null }
      : judgeDrift(
          collectPrompts(state.drift, profile.sha256, prompts, { start: range.from, end: range.to }),
          named,
          profile.features,
        );
  const alerts = { ...state.alerts };
  const changes: Change[] = [];
  for (const finding of [latency.finding, errors.finding, drift.finding]) {
    if (finding === null) continue;
    const { kind } = finding;
    const limits = kind === "drift" ? DRIFT.hysteresis : WINDOW_HYSTERESIS;
    const updated = updateHysteresis(alerts[kind], finding.isWrong, limits);
    alerts[kind] = updated.state;
    const sample = kind === "drift" ? drift.state.judged : null;
    const window = sample === null ? range : { from: sample.start, to: sample.end };
    if (updated.change !== null) changes.push({ change: updated.change, finding, window });
  }
  return {
    state: { ...state, latency: latency.state, errors: errors.state, drift: drift.state, alerts },
    changes,
  };
}
