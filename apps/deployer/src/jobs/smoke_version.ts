import { EVENTS, type Sample } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { z } from "zod";
import { complete } from "../completions.ts";
import { moveDeployment } from "../deployment_store.ts";
import { failDeployment, tellProgress } from "../stages.ts";

export const SMOKE_VERSION = "smoke_version";

const CODE = "smoke_failed";

/** Asks a loaded version for the run's samples, each under a seed of its own, and routes traffic to it if it answers. */
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
  async run({ project, input }, { peers, signal }): Promise<{ readonly problem: string } | { samples: Sample[] }> {
    const samples: Sample[] = [];
    for (const [index, prompt] of input.prompts.entries()) {
      const answer = await complete(peers, { project, ...input }, prompt, index + 1, signal);
      if ("problem" in answer) return answer;
      samples.push(answer);
    }
    return { samples };
  },
  async completed(outcome, context, { input }) {
    if ("problem" in outcome) return failDeployment(context, input, { code: CODE, message: outcome.problem });
    const { runId, attempt, model, version } = input;
    if ((await moveDeployment(context, input, ["smoke"], "routing", outcome)) === undefined) return;
    tellProgress(context, runId, "tried");
    const route = { runId, attempt, model, version, percent: 100 };
    context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingRoute, route);
  },
  failed: (error, context, { input }) => failDeployment(context, input, { code: CODE, message: error.message }),
});
