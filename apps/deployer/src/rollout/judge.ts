import { EVENTS } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { type Deployment, moveDeployment } from "../deployment_store.ts";
import { armOf } from "./canary_windows.ts";
import { judgeCanary } from "./judge_canary.ts";
import { takeBack } from "./take_back.ts";

/**
 * Looks at what a canary has answered: says once that it is healthy, takes an unhealthy one back at once, and else only notes how things
 * stand.
 * @returns Whether there is a verdict.
 */
export async function judge(context: EffectContext, row: Deployment): Promise<boolean> {
  const { runId, attempt, model, version, stable, canary } = row;
  if (stable === null || canary === null) return false;
  const key = { project: context.project, runId };
  const arms = [await armOf(context.db, key, version), await armOf(context.db, key, stable)] as const;
  const { verdict, evidence } = judgeCanary(...arms, canary.requests);
  // A paused canary is watched, and not decided about. One that was found healthy may still turn out otherwise, while somebody thinks it over too.
  const isJudged = row.state === "canary" || (row.state === "awaiting_approval" && verdict === "unhealthy");
  const decides = isJudged && verdict !== undefined && verdict !== row.verdict;
  await moveDeployment(context, row, [row.state], row.state, { evidence, ...(decides ? { verdict } : {}) });
  if (!decides) return verdict !== undefined;
  // Of the version's run, though a window of traffic led to it: so is all that follows.
  const judged = { model, version, attempt, stable, verdict, evidence };
  context.output(`${model}@${version} attempt ${attempt} ${verdict}`, EVENTS.rolloutJudged, judged, runId);
  if (verdict === "unhealthy") await takeBack(context, row, "analysis", evidence.reason);
  return true;
}
