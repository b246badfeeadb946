/** Asks the gateway, as any user would, for a completion by one version. */
import type { Sample } from "@millrace/contracts";
import type { Peers } from "@millrace/service";
import { z } from "zod";

const TEMPERATURE = 0.8;
const REQUEST_MS = 60_000;

/** The part of OpenAI's answer that counts here. */
const Completion = z.object({
  choices: z.tuple([z.object({ text: z.string(), finish_reason: z.enum(["stop", "length"]) })]),
});
const Refusal = z.object({ error: z.object({ message: z.string() }) });

/** Who answers, and in which project. */
export interface Asked {
  readonly project: string;
  readonly model: string;
  readonly version: number;
  /** Not a user's request, and not counted as one. */
  readonly synthetic?: true;
}

/** What is to be continued. */
export interface Passage {
  readonly prompt: string;
  readonly seed: number;
  /** Absent: a few, as many as there is room for. */
  readonly maxTokens?: number;
}

/**
 * Completes a prompt.
 * @returns The sample, or a problem in words that asking again would not solve.
 * @throws {Error} If the gateway is busy, away or broken: asking again may help.
 */
export async function complete(
  peers: Peers,
  { project, model, version, synthetic }: Asked,
  { prompt, seed, maxTokens }: Passage,
  signal: AbortSignal,
): Promise<Sample | { readonly problem: string }> {
  const most = maxTokens === undefined ? {} : { max_tokens: maxTokens };
  const body = { model: `${model}@${version}`, prompt, seed, temperature: TEMPERATURE, ...most };
  const request = new Request("http://inference/v1/completions", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "millrace-project": project,
      ...(synthetic === undefined ? {} : { "millrace-synthetic": "1" }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
  });
  const response = await peers.fetch("inference", request);
  const answer: unknown = await response.json();
  if (response.status === 200) {
    const parsed = Completion.safeParse(answer);
    if (!parsed.success) return { problem: `asking ${body.model}: found an answer that is no completion` };
    // A model may write any byte. PostgreSQL's JSON holds every character but U+0000, so a sample cannot have it.
    return { prompt, completion: parsed.data.choices[0].text.replaceAll("\u0000", "\ufffd") };
  }
  const refusal = Refusal.safeParse(answer);
  const reason = refusal.success ? refusal.data.error.message : "without a reason";
  const problem = `asking ${body.model} to complete "${prompt}": found status ${response.status}, ${reason}`;
  if (response.status === 429 || response.status >= 500) throw new Error(problem);
  return { problem };
}
