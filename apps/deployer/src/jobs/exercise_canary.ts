import { TokenManifest } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { complete } from "../completions.ts";
import { findDeployment, readDeployment } from "../deployment_store.ts";
import { validationSample } from "../gates/validation_sample.ts";
import { readPackagedModel } from "../packaged_model.ts";
import { armOf } from "../rollout/canary_windows.ts";
import { EXERCISE_CANARY, ExerciseInput } from "../rollout/exercise.ts";
import { takeBack } from "../rollout/take_back.ts";

const LOOK_MS = 1000;
/** How long what was sent may take to be told of, before more is sent. Gateways tell every 10 s. */
const TOLD_MS = 45_000;
const MOST_ROUNDS = 5;
/** Requests under way at once, for each version. */
const AT_ONCE = 2;
const PROMPT_TOKENS = 32;

/** Asks a canary, and the version beside it, for completions of validation text, as many as users have not asked for. */
export const exerciseCanaryJob = defineJob({
  kind: EXERCISE_CANARY,
  version: 1,
  input: ExerciseInput,
  // Most of the time it waits, and canaries of other models must not wait for it.
  concurrency: 8,
  async run({ project, input }, { artifacts, database, peers, signal, now }): Promise<{ readonly problem?: string }> {
    const { runId, model, version, stable } = input;
    const read = async (sha256: string): Promise<string> => new TextDecoder().decode(await artifacts.bytes(sha256));
    const answered = async (of: number): Promise<number> =>
      (await armOf(database.drizzle, { project, runId }, of)).requests;
    const missing = async (): Promise<number> => {
      const row = await readDeployment(database.drizzle, project, model, version);
      // Promoted, taken back or paused: there is nothing left to try.
      if (row?.state !== "canary" || row.attempt !== input.attempt) return 0;
      return input.requests - (await answered(version));
    };
    while (now() < input.notBefore && (await missing()) > 0) await pause(LOOK_MS, signal);
    if ((await missing()) <= 0) return {};
    const { contextLength, tokenizer } = await readPackagedModel(artifacts, input.package.sha256);
    const manifest = TokenManifest.parse(JSON.parse(await read(input.tokenized.sha256)));
    const sample = await validationSample(artifacts, manifest, (ids) => tokenizer.decode(ids));
    // Half of the context is left for the answer, also where the version beside it has another tokenizer.
    const most = Math.max(1, Math.floor(contextLength / 2));
    const prompts = (sample?.texts ?? []).flatMap(passagesOf).map((passage) => {
      return tokenizer.decode([...tokenizer.encodeOrdinary(passage).subarray(0, Math.min(most, PROMPT_TOKENS))]);
    });
    if (prompts.length === 0) return { problem: "there is no validation text to try it with" };
    let sent = 0;
    let problem: string | undefined;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const wanted = await missing();
      if (wanted <= 0) return {};
      const first = sent;
      sent += wanted;
      await Promise.all(
        [version, stable].flatMap((asked) =>
          Array.from({ length: AT_ONCE }, async (_, lane) => {
            for (let index = first + lane; index < sent; index += AT_ONCE) {
              const prompt = prompts[index % prompts.length]!;
              const request = { project, model, version: asked, synthetic: true } as const;
              try {
                const answer = await complete(peers, request, { prompt, seed: index }, signal);
                if ("problem" in answer) problem = answer.problem;
              } catch (error) {
                signal.throwIfAborted();
                // Whether it answers is what the gateway counts; here it only explains why there may be too few.
                problem = error instanceof Error ? error.message : String(error);
              }
            }
          }),
        ),
      );
      const until = now() + TOLD_MS;
      while (now() < until && (await missing()) > 0) await pause(LOOK_MS, signal);
    }
    const left = await missing();
    if (left <= 0) return {};
    const told = `the gateway told of ${input.requests - left} of ${input.requests} requests that were wanted`;
    return { problem: problem === undefined ? told : `${told}; ${problem}` };
  },
  async completed({ problem }, context, { input }) {
    if (problem === undefined) return;
    const row = await findDeployment(context, input.model, input.version);
    if (row?.attempt === input.attempt) {
      await takeBack(context, row, "analysis", `it could not be tried: ${problem}`.slice(0, 500));
    }
  },
  async failed(error, context, { input }) {
    const row = await findDeployment(context, input.model, input.version);
    if (row?.attempt === input.attempt) {
      await takeBack(context, row, "analysis", `it could not be tried: ${error.message}`.slice(0, 500));
    }
  },
});

/** Passages that are long enough to be gone on with. */
function passagesOf(text: string): string[] {
  return text
    .split(/\n{2,}/)
    .map((passage) => passage.trim())
    .filter((passage) => passage.length >= 20);
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}
