import { EVENTS } from "@millrace/contracts";
import { type EffectContext, failStage } from "@millrace/service";
import { type Deployment, moveDeployment } from "../deployment_store.ts";
import { ON_TRIAL } from "../stages.ts";

/** Takes a version that is on its way out of service again, which fails its run. */
export async function takeBack(
  context: EffectContext,
  row: Deployment,
  by: "analysis" | "command",
  reason: string,
): Promise<void> {
  const { runId, attempt, model, version, stable } = row;
  const moved = await moveDeployment(context, row, ["ready", ...ON_TRIAL], "rolled_back", {
    percent: 0,
    error: reason,
    requested: false,
  });
  if (moved === undefined) return;
  const named = { runId, model, version, attempt };
  const key = `${model}@${version} attempt ${attempt}`;
  context.output(`${key} back`, EVENTS.servingRoute, { ...named, percent: 0 });
  context.output(key, EVENTS.rolloutAborted, { ...named, stable, by, reason });
  const message = `${model}@${version} was rolled back: ${reason}`;
  failStage(context, "deploying", row, { code: "rolled_back", message });
}
