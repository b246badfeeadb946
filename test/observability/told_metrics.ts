/** What `/metrics` of real services says, each at work on what it measures. */
import { readMigrations } from "@millrace/database/migration_files";
import { profileFeatures, profileOf } from "@millrace/features";
import { createMetrics } from "@millrace/service";
import { testHost } from "@millrace/service/testing";
import { measureWaits } from "../../apps/automation/src/measure_waits.ts";
import { createAutomation } from "../../apps/automation/src/service.ts";
import { stages } from "../../apps/automation/src/tables.ts";
import { servingHost } from "../../apps/inference/src/testing/serving_host.ts";
import { measureWatches } from "../../apps/monitor/src/measure_watches.ts";
import { createMonitor } from "../../apps/monitor/src/service.ts";
import { alerts, watches } from "../../apps/monitor/src/tables.ts";
import { initWatch } from "../../apps/monitor/src/watch/watch_state.ts";
import { trainingMeters } from "../../apps/trainer/src/training_metrics.ts";

/** A gateway that has loaded, routed and completed: also what every service tells of requests, events and jobs. */
export async function toldByInference(): Promise<string> {
  const { host, server, load, route, close } = await servingHost();
  try {
    await load(1);
    await route(1, 100);
    const headers = { authorization: `Bearer ${host.apiKey}` };
    const body = JSON.stringify({ model: "docs", prompt: "the mill", max_tokens: 4 });
    const answer = await fetch(`${server.url}/v1/completions`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
    });
    if (!answer.ok) throw new Error(`completing: found ${answer.status}: ${await answer.text()}`);
    await answer.text();
    return await (await fetch(`${server.url}/metrics`, { headers })).text();
  } finally {
    await close();
  }
}

/** A monitor with an open alert and a judged sample of prompts. */
export async function toldByMonitor(): Promise<string> {
  const host = await testHost({
    services: (openPorts, access) => [createMonitor(openPorts, access)],
    migrations: { monitor: await readMigrations("monitor") },
  });
  try {
    const version = { project: "default", model: "docs", version: 1 };
    const profile = profileOf({
      text: "the mill",
      language: "en",
      tokens: [1, 2],
      passage: { text: "the mill", tokens: [1, 2] },
    });
    const stored = new TextEncoder().encode(JSON.stringify(profile));
    const { sha256 } = await host.artifacts.forProject("default").put(stored, "application/json");
    const counts = profileFeatures(profile).map(({ name, counts: bins }) => [name, [...bins]] as const);
    const judged = { start: 0, end: 60_000, features: Object.fromEntries(counts) };
    const state = { ...initWatch(), drift: { profile: sha256, collecting: null, judged } };
    await host.database.drizzle.insert(watches).values({ ...version, judgedUntil: 0, state });
    const alert = { ...version, id: "alert-1", kind: "drift", severity: "warning", title: "t", value: 2 } as const;
    const times = { threshold: 1, windowStart: 0, windowEnd: 1, evidence: {}, raisedAt: 1 };
    await host.database.drizzle.insert(alerts).values({ ...alert, ...times });
    await measureWatches.run(host.ports, AbortSignal.timeout(10_000));
    return await (await host.request("monitor", "/metrics")).text();
  } finally {
    await host.close();
  }
}

/** An automation with a run that waits for a person. */
export async function toldByAutomation(): Promise<string> {
  const host = await testHost({
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1/v1" })],
    migrations: { automation: await readMigrations("automation") },
  });
  try {
    const awaits = { act: "start", model: "docs", version: 2, by: null } as const;
    const stage = { project: "default", runId: "run-1", stage: "deploying", state: "running", startedAt: 1 } as const;
    await host.database.drizzle.insert(stages).values({ ...stage, awaits });
    await measureWaits.run(host.ports, AbortSignal.timeout(10_000));
    return await (await host.request("automation", "/metrics")).text();
  } finally {
    await host.close();
  }
}

/** A trainer in the middle of a training. */
export function toldByTrainer(): string {
  const metrics = createMetrics();
  const meter = trainingMeters(metrics)("default");
  const fingerprint = { runtime: "r", library: "l", kernelClass: "k", probe: "p" };
  meter.add({ type: "members", generation: 1, step: 0, members: ["a"], fingerprint });
  meter.add({
    type: "step",
    step: 1,
    loss: 3,
    tokens: 10,
    gradientNorm: 1,
    learningRate: 0.1,
    productRate: 1,
    nodes: [],
  });
  return metrics.text();
}
