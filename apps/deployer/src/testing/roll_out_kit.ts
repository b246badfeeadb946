/** Traffic and roll-outs, as those who take part in them tell of them. */
import { EVENTS, type TrafficWindow } from "@millrace/contracts";
import { addToSketch, emptySketch } from "@millrace/statistics";
import { expect } from "vitest";
import { deployment, host, loaded, look, ofRun, started } from "./deployer_kit.ts";

/** A window in which a version answered requests, each first token after 20 ms. */
export function windowOf(requests: number, errors = 0): TrafficWindow {
  const sketch = emptySketch();
  for (let request = 0; request < requests; request++) addToSketch(sketch, 20);
  const times = { firstTokenMs: sketch, perTokenMs: sketch, totalMs: sketch };
  return { requests, errors, refused: 0, promptTokens: requests, outputTokens: requests, ...times, prompts: null };
}

let windows = 0;
/** Plays the gateway: tells of a window of a version. */
export async function observed(
  model: string,
  version: number,
  counts: { readonly real?: TrafficWindow; readonly synthetic?: TrafficWindow; readonly startMs?: number },
): Promise<void> {
  const windowStart = new Date(counts.startMs ?? Date.now() + 1000).toISOString();
  await host.publish(`window ${++windows}`, EVENTS.trafficObserved, {
    model,
    version,
    gateway: `gateway ${windows}`,
    windowStart,
    windowMs: 10_000,
    real: counts.real ?? windowOf(0),
    synthetic: counts.synthetic ?? windowOf(0),
  });
}

export const CANARY = { percent: 20, requests: 30, waitSeconds: 600 };
export const ofVersion = (model: string, version: number) => (event: { readonly data: Record<string, unknown> }) =>
  event.data["model"] === model && event.data["version"] === version;

/**
 * Brings a version to `canary` or, where none is live, `live`.
 * @param share What a canary is to get of the traffic, in percent.
 */
export async function rollOut(
  model: string,
  version: number,
  canary = CANARY,
  share = canary.percent,
): Promise<string> {
  const runId = `${model}-${version}`;
  const command = { ...(await deployment(runId)), model, version, canary };
  await host.publish(`${runId} deploy`, EVENTS.modelDeploy, command);
  await loaded(runId);
  await started(runId);
  await routed(runId, version === 1 ? 100 : share);
  return runId;
}

/** Plays inference: routes as it was asked to. */
export async function routed(runId: string, percent: number): Promise<void> {
  const { data } = await host.events.until(
    EVENTS.servingRoute,
    (event) => ofRun(runId)(event) && event.data.percent === percent,
  );
  await host.publish(`${runId} routed ${percent} ${data.attempt}`, EVENTS.servingRouted, data);
  await expect.poll(async () => (await look(runId))?.percent, { timeout: 30_000 }).toBe(percent);
}

export const command = (action: string, model: string, version: number) =>
  host.request("deployer", "/api/deployer/rollouts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action, model, version, reason: "by hand", idempotencyKey: crypto.randomUUID() }),
  });
