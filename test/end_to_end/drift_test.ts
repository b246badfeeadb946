/** The loop closed by events: prompts drift, a rule trains anew, and the new version takes the traffic through gates and a canary. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlertList, DeploymentList, EVENTS, RuleFirings, RunEvents, RunList } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { z } from "zod";
import { openDataFolder } from "../../apps/cli/src/data_folder/data_folder.ts";
import { type Embedded, startEmbedded } from "../../apps/cli/src/embedded/embedded.ts";
import { dataFolderWithRun } from "../kit/prepared.ts";

const MINUTES = 60_000;
/** As many prompts as a sample has, and a window more. */
const PROMPTS = 220;

let folder: string;
/** The run that made the version which is served. */
let run: string;
let embedded: Embedded;
let release: () => Promise<void>;
/** How far the installation's clock is ahead of this machine's: a minute is judged when it is over. */
let aheadMs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-drift-"));
  run = (await dataFolderWithRun(join(folder, "data"))).run;
  const opened = await openDataFolder(join(folder, "data"));
  if ("owner" in opened) throw new Error("opening an empty folder: found an owner");
  release = () => opened.release();
  embedded = await startEmbedded(opened, { port: 0, works: true, logSink: () => {}, now: () => Date.now() + aheadMs });
}, MINUTES);

afterAll(async () => {
  await embedded?.stop();
  await release?.();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

async function ask<Schema extends z.ZodType>(path: string, schema: Schema, body?: unknown): Promise<z.infer<Schema>> {
  const headers = { authorization: `Bearer ${embedded.apiKey}`, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(embedded.address + path, init);
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return schema.parse(await response.json());
}

/** Asks as users do: words that the tokenizer knows well, as no document of the corpus has them. */
async function complete(count: number): Promise<void> {
  const headers = { authorization: `Bearer ${embedded.apiKey}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: "tiny", prompt: "the ".repeat(14).trim(), max_tokens: 1 });
  let left = count;
  await Promise.all(
    [1, 2].map(async () => {
      while (left-- > 0) {
        const response = await fetch(`${embedded.address}/v1/completions`, { method: "POST", headers, body });
        expect(response.status, await response.text()).toBe(200);
      }
    }),
  );
}

const until = <Value>(look: () => Promise<Value>): Promise<Value> =>
  vi.waitFor(look, { timeout: 3 * MINUTES, interval: 250 });
const runs = async () => (await ask("/api/automation/runs", RunList)).runs;
const alerts = async () => (await ask("/api/monitor/alerts?state=all", AlertList)).alerts;

test(
  "drift of prompts ends in a new version that has all traffic, and the alert about the old one is closed",
  async () => {
    expect((await runs()).map(({ id, state }) => [id, state])).toEqual([[run, "serving"]]);
    await complete(PROMPTS);
    aheadMs += 2 * MINUTES;
    await complete(2);
    aheadMs += 15_000;
    const alert = await until(async () => {
      const [found] = await alerts();
      expect(found).toMatchObject({ kind: "drift", model: "tiny", version: 1 });
      return found;
    });

    // The rule's run is one of its own, and its first event has the alert for a cause.
    await until(async () => expect((await runs()).map(({ state }) => state)).toEqual(["serving", "serving"]));
    const [second] = await runs();
    const { firings } = await ask("/api/automation/rules/firings", RuleFirings);
    const did = firings.filter(({ outcome }) => outcome === "done").map(({ ruleId, version }) => [ruleId, version]);
    expect(did.toReversed()).toEqual([
      ["gates-passed", 1],
      ["drift-retrain", 1],
      ["gates-passed", 2],
      ["canary-healthy", 2],
    ]);
    const { events } = await ask(`/api/automation/runs/${second?.id}/events`, RunEvents);
    const start = events.find(({ type }) => type === EVENTS.pipelineStart.type);
    expect(start?.causationid).toBe(firings.find(({ ruleId }) => ruleId === "drift-retrain")?.eventId);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([EVENTS.rolloutJudged.type, EVENTS.modelDeployed.type]),
    );

    const { deployments } = await ask("/api/deployer/deployments", DeploymentList);
    expect(deployments.map(({ version, state }) => [version, state])).toEqual([
      [2, "live"],
      [1, "superseded"],
    ]);
    expect(deployments[0]).toMatchObject({ stable: 1, verdict: "healthy" });
    expect(deployments[0]?.gates.map(({ state }) => state)).not.toContain("failed");
    await until(async () => {
      const closed = (await alerts()).find(({ alertId }) => alertId === alert?.alertId);
      expect(closed?.resolvedAt).not.toBeNull();
    });
  },
  5 * MINUTES,
);
