/** Two replicas of a version under load, one of them killed again and again; real processes, real sockets. */
import OpenAI from "openai";
import { RouteList } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServingHost, servingHost } from "./testing/serving_host.ts";
import { TINY_CONTEXT, TINY_SLOTS } from "./testing/tiny_package.ts";

let serving: ServingHost;
let client: OpenAI;
beforeAll(async () => {
  serving = await servingHost(2);
  await serving.load(1);
  await serving.route(1, 100);
  client = new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${serving.server.url}/v1`, maxRetries: 0 });
});
afterAll(() => serving.close());

const PATIENCE = { timeout: 60_000 };
const KILLS = 5;
const CLIENTS = 8;
const ask = { model: "docs", prompt: "the mill", max_tokens: 24, logit_bias: { "0": -100 } };

async function replicas(version = 1): Promise<RouteList["routes"][number]["replicas"]> {
  const { routes } = RouteList.parse(await (await serving.host.request("inference", "/api/inference/routes")).json());
  return routes.find((route) => route.version === version)?.replicas ?? [];
}

const states = async (): Promise<string[]> => (await replicas()).map(({ state }) => state);

async function metric(name: string): Promise<number> {
  const text = await (await serving.host.request("inference", "/metrics")).text();
  return Number(new RegExp(`^${name}\\{[^}]*version="1"[^}]*\\} (\\S+)$`, "m").exec(text)?.[1]);
}

test("sequences go to the replica with the most free slots, and both work", async () => {
  await expect.poll(states, PATIENCE).toEqual(["ready", "ready"]);
  const pids = serving.pids(1);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  const waiting = client.completions.create({ ...ask, n: 2 * TINY_SLOTS + 2 });
  try {
    await expect
      .poll(async () => (await replicas()).map(({ busy }) => busy), PATIENCE)
      .toEqual([TINY_SLOTS, TINY_SLOTS]);
    expect(await metric("millrace_sequences_running")).toBe(2 * TINY_SLOTS);
    expect(await metric("millrace_sequences_waiting")).toBe(2);
    expect(await metric("millrace_replicas_ready")).toBe(2);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  expect((await waiting).choices).toHaveLength(2 * TINY_SLOTS + 2);
});

test("no request fails that had not begun to stream when a replica is killed again and again under load", async () => {
  const wanted = new Map<number, string>();
  for (let seed = 0; seed < CLIENTS; seed++) {
    wanted.set(seed, (await client.completions.create({ ...ask, seed })).choices[0]?.text ?? "");
  }
  const stop = new AbortController();
  const tally = { whole: 0, streamed: 0, brokenOff: 0, failed: [] as string[], differing: 0 };

  async function askWhole(seed: number): Promise<void> {
    const text = (await client.completions.create({ ...ask, seed })).choices[0]?.text;
    tally.whole++;
    if (text !== wanted.get(seed)) tally.differing++;
  }

  async function askStreamed(seed: number): Promise<void> {
    // Rejects when there is no first token: that is a failed request.
    const stream = await client.completions.create({ ...ask, seed, stream: true });
    let text = "";
    try {
      for await (const { choices } of stream) text += choices[0]?.text ?? "";
    } catch (error) {
      expect(error).toMatchObject({ code: "replica_lost", type: "server_error" });
      tally.brokenOff++;
      return;
    }
    tally.streamed++;
    if (text !== wanted.get(seed)) tally.differing++;
  }

  const load = Array.from({ length: CLIENTS }, async (_, seed) => {
    while (!stop.signal.aborted) {
      await (seed % 2 === 0 ? askWhole(seed) : askStreamed(seed)).catch((error: unknown) => {
        tally.failed.push(String(error));
      });
    }
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const before = tally.whole + tally.streamed;
    await expect.poll(() => tally.whole + tally.streamed, PATIENCE).toBeGreaterThan(before + CLIENTS);
    process.kill(serving.pids(1).at(-1) ?? 0, "SIGKILL");
    const lives = serving.pids(1).length;
    await expect.poll(() => serving.pids(1).length, PATIENCE).toBe(lives + 1);
    await expect.poll(states, PATIENCE).toEqual(["ready", "ready"]);
  }
  stop.abort();
  await Promise.all(load);
  console.info(`under ${KILLS} kills: ${JSON.stringify(tally)}`);
  expect(tally).toMatchObject({ failed: [], differing: 0 });
  expect(tally.whole).toBeGreaterThan(0);
  expect(tally.streamed).toBeGreaterThan(0);
  expect(await metric("millrace_replica_restarts_total")).toBe(KILLS);
});

test("a version that goes out of service ends what it was asked before its processes go", async () => {
  await serving.load(2);
  await serving.route(2, 100);
  const last = serving.pids(1);
  const stream = await client.completions.create({
    ...ask,
    model: "docs@1",
    max_tokens: TINY_CONTEXT / 2,
    stream: true,
  });
  await serving.load(3);
  await serving.route(3, 100);
  const chunks = await Array.fromAsync(stream);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("length");
  await expect.poll(() => last.filter(isAlive), PATIENCE).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
