import { scenario } from "k6/execution";
import { Trend } from "k6/metrics";
import { holds } from "../k6/ask.ts";
import { complete, SEEDS, TOKENS, withoutLoad } from "../k6/completion.ts";
import { steady } from "../k6/options.ts";

export { handleSummary } from "../k6/summary.ts";
export const options = steady(8, { first_token: ["p(95)<2000"], per_token: ["p(95)<500"] });

const firstToken = new Trend("first_token", true);
const perToken = new Trend("per_token", true);

export const setup = withoutLoad;

/** Streamed completions: under load each seed gives what it gave without. */
export default function completions(wanted: readonly string[]): void {
  const seed = scenario.iterationInTest % SEEDS;
  holds("a completion is the one that its seed gives without load", () => {
    const { status, text, tokens, firstTokenMs, perTokenMs } = complete(seed);
    if (status !== 200) return false;
    firstToken.add(firstTokenMs);
    perToken.add(perTokenMs);
    return text === wanted[seed] && tokens > 1 && tokens <= TOKENS;
  });
}
