/** What else is measured at each step, beside the loss: small curves over the steps, each on a scale of its own from zero. */
import type { TrainingPoint, TrainingRunView } from "@millrace/contracts";
import { html } from "hono/html";
import { formatCount } from "../format.ts";
import type { Html } from "../html.ts";

interface Measure {
  readonly name: string;
  pick(point: TrainingPoint): number | undefined;
  written(value: number): string;
  /** A speed: drawn as the mean over the last steps. */
  readonly isSpeed?: boolean;
}

const MEASURES: readonly Measure[] = [
  {
    name: "tokens a second",
    pick: ({ tokensPerSecond }) => tokensPerSecond,
    written: (value) => formatCount(value),
    isSpeed: true,
  },
  { name: "gradient norm", pick: ({ gradientNorm }) => gradientNorm, written: (value) => value.toPrecision(3) },
  { name: "learning rate", pick: ({ learningRate }) => learningRate, written: (value) => value.toExponential(1) },
];
const [WIDTH, HEIGHT] = [300, 60];
/** Single steps vary with what else a machine does, and are told of in bursts. */
const RECENT = 20;

/** The card's title: how fast it goes, and how much of the machine it uses. */
export function paceOf({ points }: TrainingRunView): string {
  const speed = recent(points, ({ tokensPerSecond }) => tokensPerSecond);
  if (speed === undefined) return "No step is done yet";
  const share = recent(points, ({ productShare }) => productShare);
  const pace = `${formatCount(Math.round(speed))} tokens a second`;
  return share === undefined ? pace : `${pace}, ${Math.round(100 * share)} % of what matrix products alone reach here`;
}

export function measures({ points, steps }: TrainingRunView): Html {
  const shown = MEASURES.filter(({ pick }) => points.some((point) => pick(point) !== undefined));
  if (shown.length === 0) return html`<p class="muted">The first step has not been reported.</p>`;
  return html`<div class="measures">${shown.map((measure) => one(measure, points, steps))}</div>`;
}

function one({ name, pick, written, isSpeed }: Measure, points: readonly TrainingPoint[], steps: number): Html {
  const places = points.flatMap((point, index) => {
    const value = isSpeed ? recent(points.slice(Math.max(0, index + 1 - RECENT), index + 1), pick) : pick(point);
    return value === undefined ? [] : [{ step: point.step, value }];
  });
  const most = places.reduce((greatest, { value }) => Math.max(greatest, value), 0);
  const last = written(places.at(-1)?.value ?? 0);
  const x = (step: number): string => ((WIDTH * step) / Math.max(1, steps)).toFixed(1);
  const y = (value: number): string => (HEIGHT - 1 - ((HEIGHT - 2) * value) / (most || 1)).toFixed(1);
  const d = places.map(({ step, value }, index) => `${index === 0 ? "M" : "L"}${x(step)} ${y(value)}`).join("");
  const alone = places.length === 1 ? "h1" : "";
  return html`<figure>
    <figcaption>
      <span>${name} <b>${last}</b></span
      ><span class="muted">at most ${written(most)}</span>
    </figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${`${name}: last ${last}, at most ${written(most)}`}"
    >
      <path d="${d}${alone}" />
    </svg>
  </figure>`;
}

/** Mean over the time of the last steps: of speeds, that is the harmonic one. */
function recent(points: readonly TrainingPoint[], pick: Measure["pick"]): number | undefined {
  const values = points.slice(-RECENT).flatMap((point) => pick(point) ?? []);
  return values.length === 0 ? undefined : values.length / values.reduce((sum, value) => sum + 1 / value, 0);
}
