import { EVENTS, type Sample } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { z } from "zod";
import { complete } from "../completions.ts";
import { listOfModel, moveDeployment } from "../deployment_store.ts";
import { isProtected } from "../protection.ts";
import { beginRollout } from "../rollout/roll_out.ts";
import { failDeployment, tellProgress } from "../stages.ts";

export const SMOKE_VERSION = "smoke_version";

interface Tried {
  readonly samples: Sample[];
  readonly isProtected: boolean;
}

const CODE = "smoke_failed";

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
  async run({ project, input }, { peers, signal }): Promise<{ readonly problem: string } | Tried> {
    const samples: Sample[] = [];
    for (const [index, prompt] of input.prompts.entries()) {
      const answer = await complete(
        peers,
        { project, model: input.model, version: input.version, synthetic: true },
        prompt,
        index + 1,
        signal,
      );
      if ("problem" in answer) return answer;
      samples.push(answer);
    }
    // Asked here, since nobody can be asked while the outcome is written.
    return { samples, isProtected: await isProtected(peers, project, input.model, signal) };
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
