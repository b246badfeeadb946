import { scenario } from "k6/execution";
import { Trend } from "k6/metrics";
import { holds } from "../k6/ask.ts";
import { complete, SEEDS, withoutLoad } from "../k6/completion.ts";
import { steady } from "../k6/options.ts";

export { handleSummary } from "../k6/summary.ts";
/** More than 500 that wait for an answer are not sent; that is as it should be here. */
export const options = steady(150, { first_token: ["med<10000"], dropped_iterations: ["count>=0"] });

const firstToken = new Trend("first_token", true);
const refused = new Trend("refused", true);

export const setup = withoutLoad;

/** More than the replicas do and the queue takes: each answer is right, or 429 with Retry-After. */
export default function overload(wanted: readonly string[]): void {
  const seed = scenario.iterationInTest % SEEDS;
  holds("an answer is right, or a refusal that says when to come again", () => {
    const { status, text, refusal, firstTokenMs } = complete(seed);
    if (status === 429) {
      refused.add(firstTokenMs);
      return refusal?.code === "queue_full" && refusal.retryAfter === "1";
    }
    firstToken.add(firstTokenMs);
    return status === 200 && text === wanted[seed];
  });
}
