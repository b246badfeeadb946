import { EVENTS, type Sample } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { z } from "zod";
import { complete } from "../completions.ts";
import { listOfModel, moveDeployment, readDeployment } from "../deployment_store.ts";
import { readPackagedModel } from "../packaged_model.ts";
import { isProtected } from "../protection.ts";
import { beginRollout } from "../rollout/roll_out.ts";
import { failDeployment, tellProgress } from "../stages.ts";

export const SMOKE_VERSION = "smoke_version";

interface Tried {
  readonly samples: Sample[];
  readonly isProtected: boolean;
}

const CODE = "smoke_failed";

/** Length of a sample where the context has room for it. */
const SAMPLE_TOKENS = 40;

/** Asks a loaded version for the run's samples, each under a seed of its own, and says that it is ready if it answers. */
export const smokeVersionJob = defineJob({
  kind: SMOKE_VERSION,
  version: 1,
  input: z.strictObject({
    runId: z.string(),
    attempt: z.number(),
    model: z.string(),
    version: z.number(),
    prompts: z.array(z.string()),
  }),
  async run({ project, input }, { artifacts, database, peers, signal }): Promise<{ readonly problem: string } | Tried> {
    const { model, version } = input;
    const packaged = (await readDeployment(database.drizzle, project, model, version))?.package;
    if (packaged == null) throw new Error(`trying ${model}@${version}: found no package of it`);
    const { contextLength, tokenizer } = await readPackagedModel(artifacts, packaged.sha256);
    const samples: Sample[] = [];
    for (const [index, prompt] of input.prompts.entries()) {
      // A prompt that fills the context is asked for too: the gateway refuses it in words.
      const promptTokens = Math.max(1, tokenizer.encode(prompt).length);
      const room = Math.max(1, contextLength - promptTokens);
      const passage = { prompt, seed: index + 1, maxTokens: Math.min(SAMPLE_TOKENS, room) };
      const answer = await complete(peers, { project, model, version, synthetic: true }, passage, signal);
      if ("problem" in answer) return answer;
      samples.push(answer);
    }
    // Asked here, since nobody can be asked while the outcome is written.
    return { samples, isProtected: await isProtected(peers, project, model, signal) };
  },
  async completed(outcome, context, { input }) {
    if ("problem" in outcome) return failDeployment(context, input, { code: CODE, message: outcome.problem });
    const { runId, attempt, model, version } = input;
    const ready = await moveDeployment(context, input, ["smoke"], "ready", { samples: outcome.samples });
    if (ready === undefined) return;
    tellProgress(context, runId, "tried");
    const live = (await listOfModel(context, model)).find(({ state }) => state === "live");
    const stable = live?.version ?? null;
    const named = { runId, model, version, attempt };
    context.output(`${model}@${version} attempt ${attempt}`, EVENTS.rolloutReady, { ...named, stable });
    if (ready.requested) await beginRollout(context, ready, outcome.isProtected, "it answers");
  },
  failed: (error, context, { input }) => failDeployment(context, input, { code: CODE, message: error.message }),
});
