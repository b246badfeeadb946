/** Trials of a search as drawings: each varied key against the loss, and the validations over each other. */
import { html } from "hono/html";
import { formatCount } from "../format.ts";
import type { Html } from "../html.ts";
import { bestTrial, standingOf, type Trial, valueWords } from "../run_trials.ts";
import { type Tick, ticksOf } from "./axis_ticks.ts";
import { lossScale } from "./loss_scale.ts";

const [WIDTH, HEIGHT] = [340, 190];
const EDGE = { left: 48, right: 12, top: 10, bottom: 34 };
/** Positive numbers that lie so far apart are drawn by their logarithm. */
const LOGARITHMIC = 10;
/** The losses that complete trials span take this part of the height; what lies above the rest stands at the top. */
const COMPLETE_PART = 0.75;

/** One key against the loss: a mark a trial, the best one filled and ringed. */
export function keyScatter(key: string, trials: readonly Trial[]): Html {
  const drawn = trials.flatMap((trial) => {
    const [loss, value] = [standingOf(trial), trial.values[key]];
    return loss === undefined || value === undefined ? [] : [{ trial, loss, value }];
  });
  if (drawn.length === 0) return html``;
  const best = bestTrial(trials);
  const { place, ends, isLogarithmic } = scaleOf(drawn.map(({ value }) => value));
  const [least, most] = rangeOf(drawn);
  const y = (loss: number): number =>
    EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - Math.min(1, (loss - least) / Math.max(1e-9, most - least)));
  const x = (value: Trial["values"][string]): number =>
    EDGE.left + 8 + (WIDTH - EDGE.left - EDGE.right - 16) * place(value);
  const floor = HEIGHT - EDGE.bottom;
  return html`<figure class="scatter">
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="${key} against the validation loss of ${drawn.length} trials"
    >
      <path class="axis" d="M${EDGE.left} ${EDGE.top}V${floor}H${WIDTH - EDGE.right}" />
      <text x="${EDGE.left - 6}" y="${EDGE.top + 8}" text-anchor="end">${most.toFixed(2)}</text>
      <text x="${EDGE.left - 6}" y="${floor}" text-anchor="end">${least.toFixed(2)}</text>
      ${ends.map(
        ({ at, words }, index) =>
          html`<text
            x="${(EDGE.left + 8 + (WIDTH - EDGE.left - EDGE.right - 16) * at).toFixed(1)}"
            y="${floor + 20}"
            text-anchor="${at === 0 && index === 0 ? "start" : at === 1 ? "end" : "middle"}"
            >${words}</text
          >`,
      )}
      ${drawn.map(
        ({ trial, loss, value }) =>
          html`<circle
            class="${trial === best ? "best" : trial.state}"
            cx="${x(value).toFixed(1)}"
            cy="${y(loss).toFixed(1)}"
            r="${trial === best ? 6 : 4}"
          >
            <title>Trial ${trial.number}, ${trial.state}: ${valueWords(value)}, ${loss.toFixed(3)} nats a token</title>
          </circle>`,
      )}
    </svg>
    <figcaption><code>${key}</code>${isLogarithmic ? html` <span class="muted">logarithmic</span>` : ""}</figcaption>
  </figure>`;
}

/** Trials that were given up early say nothing about how far the others lie from each other. */
function rangeOf(drawn: readonly { readonly trial: Trial; readonly loss: number }[]): readonly [number, number] {
  const losses = drawn.map(({ loss }) => loss);
  const complete = drawn.filter(({ trial }) => trial.objective !== null).map(({ loss }) => loss);
  const least = Math.min(...losses);
  const reached = Math.max(...(complete.length < 2 ? losses : complete));
  return [least, Math.min(Math.max(...losses), least + (reached - least) / COMPLETE_PART)];
}

interface Scale {
  /** In [0, 1]. */
  place(value: Trial["values"][string]): number;
  readonly ends: readonly { readonly at: number; readonly words: string }[];
  readonly isLogarithmic: boolean;
}

function scaleOf(values: readonly Trial["values"][string][]): Scale {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length < values.length) {
    const names = [...new Set(values.map(String))].sort();
    const place = (value: Trial["values"][string]): number =>
      names.length === 1 ? 0.5 : names.indexOf(String(value)) / (names.length - 1);
    return { place, ends: names.slice(0, 6).map((name) => ({ at: place(name), words: name })), isLogarithmic: false };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const isLogarithmic = low > 0 && high / low >= LOGARITHMIC;
  const scaled = (value: number): number => (isLogarithmic ? Math.log(value) : value);
  const place = (value: Trial["values"][string]): number =>
    high === low ? 0.5 : (scaled(value as number) - scaled(low)) / (scaled(high) - scaled(low));
  const ends =
    high === low
      ? [{ at: 0.5, words: valueWords(low) }]
      : [low, high].map((end) => ({ at: place(end), words: valueWords(end) }));
  return { place, ends, isLogarithmic };
}

/** On each axis of the curves: as many as a phone has room for. */
const MOST_TICKS = 5;

function stepLabel({ at, words }: Tick, steps: number): Html {
  const place = (100 * at) / Math.max(1, steps);
  const anchor = at === 0 ? "start" : place > 95 ? "end" : "middle";
  return html`<text x="${place.toFixed(2)}%" y="14" text-anchor="${anchor}">${words}</text>`;
}

/** Validation losses over the steps: the best trial thick, the others thin. */
export function trialCurves(trials: readonly Trial[], label: string): Html {
  const losses = trials.flatMap(({ validations }) => validations.map(({ loss }) => loss));
  if (losses.length === 0) return html`<p class="muted">No trial has been validated yet.</p>`;
  const steps = Math.max(...trials.flatMap(({ validations }) => validations.map(({ step }) => step)));
  const { width, height, low, high, y, line } = lossScale(losses, steps);
  const levels = ticksOf(low, high, MOST_TICKS);
  const best = bestTrial(trials);
  const path = ({ validations }: Trial): string =>
    line(
      validations.map(({ step, loss }) => ({ step, validationLoss: loss, elapsedSeconds: 0 })),
      ({ validationLoss }) => validationLoss,
    );
  const others = trials.filter((trial) => trial !== best);
  return html`<div class="plot">
      <svg class="ticks" aria-hidden="true">
        ${levels.map(({ at, words }) => html`<text x="100%" y="${((100 * y(at)) / height).toFixed(2)}%">${words}</text>`)}
      </svg>
      <div class="curve">
        <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">
          <path class="grid" d="${levels.map(({ at }) => `M0 ${y(at).toFixed(1)}H${width}`).join("")}" />
          ${others.map((trial) => html`<path class="${trial.state === "stopped" ? "given-up" : "train"}" d="${path(trial)}" />`)}
          ${best === undefined ? "" : html`<path class="validation" d="${path(best)}" />`}
        </svg>
      </div>
      <svg class="ticks along" aria-hidden="true">
        ${ticksOf(0, steps, MOST_TICKS, 1).map((tick) => stepLabel(tick, steps))}
      </svg>
    </div>
    <p class="legend">
      ${best === undefined ? "" : html`<span class="validation">trial ${best.number}, the best</span>`}
      <span class="train">other trials</span>
      <span class="given-up">given up</span>
      <span class="muted"
        >${Math.min(...losses).toFixed(2)} to ${Math.max(...losses).toFixed(2)} nats a token over ${formatCount(steps)}
        steps</span
      >
    </p>`;
}
