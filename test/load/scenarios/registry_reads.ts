import { scenario } from "k6/execution";
import { Trend } from "k6/metrics";
import { ask, holds, MODEL } from "../k6/ask.ts";
import { steady } from "../k6/options.ts";

export { handleSummary } from "../k6/summary.ts";
export const options = steady(60, { models: ["p(95)<1000"], version: ["p(95)<1000"], lineage: ["p(95)<1500"] });

const LIVE = `/api/registry/models/${MODEL}/versions/live`;
const models = new Trend("models", true);
const version = new Trend("version", true);
const lineage = new Trend("lineage", true);

interface Wanted {
  readonly checkpoint: string;
  readonly nodes: number;
}

const lineageOf = (checkpoint: string) => ask("GET", `/api/registry/lineage?id=${checkpoint}`);
const checkpointOf = (body: string) => (JSON.parse(body) as { checkpoint: { sha256: string } }).checkpoint.sha256;
const nodesOf = (body: string) => (JSON.parse(body) as { nodes: unknown[] }).nodes.length;

export function setup(): Wanted {
  const checkpoint = checkpointOf(ask("GET", LIVE).body);
  return { checkpoint, nodes: nodesOf(lineageOf(checkpoint).body) };
}

/** What pages and clients read: the list of models, a version by its alias, its lineage. */
export default function registryReads({ checkpoint, nodes }: Wanted): void {
  const turn = scenario.iterationInTest % 3;
  if (turn === 0) {
    const response = ask("GET", "/api/registry/models");
    models.add(response.timings.duration);
    holds("the model is in the list", () =>
      (JSON.parse(response.body) as { models: { name: string }[] }).models.some(({ name }) => name === MODEL),
    );
  } else if (turn === 1) {
    const response = ask("GET", LIVE);
    version.add(response.timings.duration);
    holds("an alias leads to its version", () => checkpointOf(response.body) === checkpoint);
  } else {
    const response = lineageOf(checkpoint);
    lineage.add(response.timings.duration);
    holds("lineage is what it was", () => nodesOf(response.body) === nodes);
  }
}
