import {
  ArtifactRef,
  Evaluation,
  EVENTS,
  type Gate,
  LeastScores,
  ServingPackage,
  TokenManifest,
} from "@millrace/contracts";
import type { Artifacts } from "@millrace/artifacts";
import type { Executor } from "@millrace/execution";
import { defineJob, type JobKind } from "@millrace/service";
import { z } from "zod";
import { moveDeployment } from "../deployment_store.ts";
import { judgeScores } from "../gates/judge_scores.ts";
import { measureGates } from "../gates/measure_gates.ts";
import { liveVersion } from "../live_version.ts";
import { failDeployment, tellProgress } from "../stages.ts";

export const GATE_VERSION = "gate_version";

const Input = z.strictObject({
  runId: z.string(),
  attempt: z.number(),
  model: z.string(),
  version: z.number(),
  tokenized: ArtifactRef,
  maxBitsPerByte: z.number().optional(),
  leastScores: LeastScores.optional(),
  evaluation: Evaluation.optional(),
  package: ArtifactRef,
});

/**
 * Measures what must hold before a version is loaded.
 * @param executor Opens the runtime that scores, once for all jobs.
 */
export function gateVersionJob(executor: () => Promise<Executor>): JobKind {
  return defineJob({
    kind: GATE_VERSION,
    version: 1,
    input: Input,
    async run({ project, input }, { artifacts, peers, signal }) {
      const { model, version, maxBitsPerByte, leastScores = {}, evaluation } = input;
      const live = await liveVersion(peers, project, model, signal);
      const pause = async (): Promise<void> => {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve));
      };
      const measured = await measureGates(
        await executor(),
        artifacts,
        {
          candidate: ServingPackage.parse(await json(artifacts, input.package)),
          live:
            live === undefined || live.version === version
              ? undefined
              : ServingPackage.parse(await json(artifacts, live.package)),
          tokenized: TokenManifest.parse(await json(artifacts, input.tokenized)),
          maxBitsPerByte,
        },
        pause,
      );
      return [...measured, ...judgeScores(evaluation, leastScores)];
    },
    async completed(gates, context, { input }) {
      const { runId, attempt, model, version } = input;
      const failed = gates.filter(({ state }) => state === "failed");
      const passed = failed.length === 0;
      const moved = await moveDeployment(context, input, ["gating"], "loading", { gates: [...gates] });
      if (moved === undefined) return;
      const named = { runId, model, version, attempt };
      const key = `${model}@${version} attempt ${attempt}`;
      context.output(key, EVENTS.modelGated, { ...named, passed, gates: [...gates] });
      if (!passed) {
        const message = `deploying ${model}@${version}: ${failed.map(inWords).join("; ")}`;
        return failDeployment(context, input, { code: "gates_failed", message });
      }
      tellProgress(context, runId, "gated");
      context.output(key, EVENTS.servingLoad, { ...named, package: input.package });
    },
    failed: (error, context, { input }) =>
      failDeployment(context, input, { code: "gating_failed", message: error.message }),
  });
}

/** Gates that more is better for. */
const AT_LEAST: ReadonlySet<Gate["name"]> = new Set(["next_token_accuracy", "task_score", "quantised_agreement"]);

function inWords({ name, value, limit, unit, detail }: Gate): string {
  return `${name} is ${value === null ? "no number" : value.toFixed(4)}, wanted ${AT_LEAST.has(name) ? "at least" : "at most"} ${limit === null ? "no number" : Number(limit.toFixed(4))} ${unit} (${detail})`;
}

async function json(artifacts: Artifacts, { sha256 }: ArtifactRef): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await artifacts.bytes(sha256)));
}
