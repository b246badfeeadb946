/** A deployment as its reader sees it: stations on the way to all traffic, and where it stands in one sentence. */
import type { DeploymentState, DeploymentView } from "@millrace/contracts";
import type { Tone } from "./html.ts";

const TONES: Readonly<Record<DeploymentState, Tone>> = {
  packaging: "running",
  gating: "running",
  loading: "running",
  smoke: "running",
  ready: "running",
  canary: "running",
  paused: "warn",
  awaiting_approval: "warn",
  routing: "running",
  live: "ok",
  superseded: "idle",
  rolled_back: "failed",
  failed: "failed",
  cancelled: "idle",
};

export function toneOfDeployment({ state }: Pick<DeploymentView, "state">): Tone {
  return TONES[state];
}

/** States in which it still moves, or waits to be moved. */
function isUnderWay({ state }: Pick<DeploymentView, "state">): boolean {
  return TONES[state] === "running" || state === "paused" || state === "awaiting_approval";
}

/** The deployment that the page is about: the one under way, else the newest. */
export function currentDeployment(newestFirst: readonly DeploymentView[]): DeploymentView | undefined {
  return newestFirst.find(isUnderWay) ?? newestFirst[0];
}

/** Where a version stands, in one sentence. */
export function deploymentSentence(deployment: DeploymentView): string {
  const { model, version, state, percent, stable } = deployment;
  const name = `${model} v${version}`;
  const beside = stable === null ? "" : ` beside v${stable}`;
  const sentences: Readonly<Record<DeploymentState, string>> = {
    packaging: `${name} is being packaged`,
    gating: `${name} is being measured at its gates`,
    loading: `${name} is being loaded`,
    smoke: `${name} answers its first requests`,
    ready: `${name} is ready and waits for its roll-out to start`,
    canary:
      percent === 0
        ? `${name} is about to be tried${beside}`
        : `${name} is tried with ${percent} % of the traffic${beside}`,
    paused: `${name} is paused at ${percent} % of the traffic${beside}`,
    awaiting_approval: `${name} waits for a second person to approve${percent === 0 ? "" : `, with ${percent} % of the traffic`}`,
    routing: `${name} is being given all traffic`,
    live: `${name} has all traffic`,
    superseded: `${name} had all traffic before`,
    rolled_back: `${name} was rolled back${stable === null ? "" : `, v${stable} has all traffic`}`,
    failed: `${name} could not be deployed`,
    cancelled: `The deployment of ${name} was cancelled`,
  };
  return sentences[state];
}

export interface Station {
  readonly name: string;
  /** `skipped`: the way led past it. */
  readonly state: "done" | "running" | "paused" | "awaiting" | "failed" | "cancelled" | "skipped" | "waiting";
  /** When it was reached; undefined where it was not, or that is not known. */
  readonly at: string | undefined;
  /** Until the next station, or the end; undefined where it is still there. */
  readonly seconds: number | undefined;
}

const STATIONS: readonly { readonly name: string; readonly of: readonly DeploymentState[] }[] = [
  { name: "Package", of: ["packaging"] },
  { name: "Gates", of: ["gating"] },
  { name: "Load", of: ["loading"] },
  { name: "Smoke test", of: ["smoke"] },
  { name: "Ready", of: ["ready"] },
  { name: "Canary", of: ["canary", "paused"] },
  { name: "All traffic", of: ["awaiting_approval", "routing"] },
  { name: "Live", of: ["live"] },
];

/** The way of a deployment. What began before its steps were kept shows where it stands alone. */
export function stationsOf({ state, steps }: DeploymentView): Station[] {
  const placeOf = (one: DeploymentState): number => STATIONS.findIndex(({ of }) => of.includes(one));
  const known = steps.length > 0;
  const last = state === "superseded" ? STATIONS.length - 1 : placeOf(state);
  const reached = last >= 0 ? last : Math.max(-1, ...steps.map((step) => placeOf(step.state)));
  return STATIONS.map(({ name, of }, place) => {
    const first = steps.findIndex((step) => of.includes(step.state));
    const after = steps.slice(first).find((step) => !of.includes(step.state));
    const at = first < 0 ? undefined : steps[first]?.at;
    const seconds =
      at === undefined || after === undefined ? undefined : (Date.parse(after.at) - Date.parse(at)) / 1000;
    if (place > reached) return { name, state: "waiting", at, seconds };
    if (place < reached) return { name, state: at !== undefined || !known ? "done" : "skipped", at, seconds };
    return { name, state: END[state] ?? "running", at, seconds };
  });
}

const END: Partial<Readonly<Record<DeploymentState, Station["state"]>>> = {
  live: "done",
  superseded: "done",
  paused: "paused",
  awaiting_approval: "awaiting",
  rolled_back: "failed",
  failed: "failed",
  cancelled: "cancelled",
};

/** Colour of a version on every page, 1 to 6: versions side by side are rarely six apart. */
export function colorOfVersion(version: number): number {
  return ((version - 1) % 6) + 1;
}
