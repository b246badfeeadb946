import { scenario } from "k6/execution";
import { Trend } from "k6/metrics";
import { ask, holds, MODEL } from "../k6/ask.ts";
import { steady } from "../k6/options.ts";

export { handleSummary } from "../k6/summary.ts";
export const options = steady(20, { set: ["p(95)<1500"], read_back: ["p(95)<1000"] });

const ALIASES = 8;
const set = new Trend("set", true);
const readBack = new Trend("read_back", true);

const versionPath = (name: string) => `/api/registry/models/${MODEL}/versions/${name}`;
const versionOf = (body: string) => JSON.parse(body) as { version: number; aliases: string[] };

export function setup(): { readonly version: number } {
  return { version: versionOf(ask("GET", versionPath("live")).body).version };
}

/** Aliases of a version are set side by side, each read back by its name. */
export default function registryWrites({ version }: { readonly version: number }): void {
  const alias = `load-${scenario.iterationInTest % ALIASES}`;
  const written = ask("PUT", `/api/registry/models/${MODEL}/aliases/${alias}`, { version });
  set.add(written.timings.duration);
  holds("an alias that was set is among those of its version", () => versionOf(written.body).aliases.includes(alias));
  const read = ask("GET", versionPath(alias));
  readBack.add(read.timings.duration);
  holds("an alias leads to the version it was set to", () => versionOf(read.body).version === version);
}
