/**
 * The same services, each its own process, on real NATS and Postgres: the same counts and the same model as in one process, also when
 * any of the processes is killed on the way.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventDefinition, EVENTS, type Summary } from "@millrace/contracts";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, clusterUnavailable, type Part, PARTS, startCluster } from "../kit/cluster.ts";
import { type ClusterRun, type Kill, type Killed, runOn } from "../kit/cluster_run.ts";
import { madeOf, type Message, millrace, ROOT } from "../kit/millrace.ts";
import { dataFolderWithRun } from "../kit/prepared.ts";

const MINUTES = 60_000;
/** Another seed kills at other moments. */
const SEED = process.env["MILLRACE_KILL_SEED"] ?? "1";
const skip = clusterUnavailable();
if (skip !== undefined) console.warn(`skipped: distributed runs: ${skip}`);

let folder: string;
let cluster: Cluster;
let reference: Summary;

describe.skipIf(skip !== undefined)("distributed", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-distributed-"));
    reference = await dataFolderWithRun(join(folder, "embedded"));
    cluster = await startCluster(folder);
  }, 5 * MINUTES);

  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  }, MINUTES);

  test(
    "a run ends with the counts and the bytes of an embedded one",
    async () => {
      const { code, errors, summary } = await runOn(cluster, join(folder, "undisturbed.json"));
      expect(code, errors).toBe(0);
      expect(madeOf(summary as Summary)).toEqual(madeOf(reference));
      expect(summary?.endpoint).toBe(`${cluster.address}/v1`);
      expect(cluster.logOf("trainer")).toMatch(/node .*"node-0.* runs on worker /);
    },
    3 * MINUTES,
  );

  test("users reach the model, the documents and the state through the front", async () => {
    const apiKey = cluster.environment["MILLRACE_API_KEY"] as string;
    const client = new OpenAI({ baseURL: `${cluster.address}/v1`, apiKey });
    const { usage } = await client.completions.create({ model: "tiny", prompt: "The mill", max_tokens: 8, seed: 1 });
    expect(usage?.completion_tokens).toBe(8);
    expect(await ask("status")).toMatchObject({ address: cluster.address, runs: [{ state: "serving" }] });
    expect(await ask("search", "sluice", "gate")).toMatchObject({ query: "sluice gate", total: expect.any(Number) });
    expect(await ask("trace", "tiny@1")).toMatchObject({ version: { model: "tiny", version: 1 } });
    expect((await fetch(`${cluster.address}/api/registry/models`)).status).toBe(401);
  });

  describe(`with kill -9 (seed ${SEED})`, () => {
    const killed: Killed[] = [];

    const RUNS: readonly (readonly [string, readonly Kill[]])[] = [
      // Kills wait for each other, so those of one run lie far enough apart to come before its end.
      [
        "services that make the model, each in its own stage",
        [
          at("ingestion", EVENTS.corpusCollect, 300),
          at("feature", EVENTS.corpusTokenize, 500),
          // Where nine tenths of the training are still to be done.
          at("trainer", EVENTS.trainingCheckpointed, 300),
          at("registry", EVENTS.modelRegister, 50),
        ],
      ],
      [
        "services that bring it into use, and the front",
        [
          at("front", EVENTS.corpusDeduplicate, 200),
          at("worker", EVENTS.trainingStarted, 2000),
          at("deployer", EVENTS.modelDeploy, 300),
          at("inference", EVENTS.servingLoad, 500),
        ],
      ],
      [
        "services that others count on",
        [
          at("automation", EVENTS.corpusCleaned, 300),
          at("console", EVENTS.corpusTokenize, 200),
          at("registry", EVENTS.trainingStarted, 1000),
          at("monitor", EVENTS.trainingStarted, 500),
          at("trainer", EVENTS.modelEvaluate, 1500),
        ],
      ],
      [
        "nats",
        [
          at("nats", EVENTS.corpusClean, 300),
          at("nats", EVENTS.trainingStarted, 3000),
          at("nats", EVENTS.modelDeploy, 300),
        ],
      ],
      [
        "postgres",
        [
          at("postgres", EVENTS.corpusClean, 300),
          at("postgres", EVENTS.trainingStarted, 3000),
          at("postgres", EVENTS.modelDeploy, 300),
        ],
      ],
    ];

    test.each(RUNS)(
      "of %s, the counts and the bytes are the same",
      async (name, kills) => {
        const run = await runOn(cluster, join(folder, `killed-${name}.json`), kills, SEED);
        expect(run.code, run.errors).toBe(0);
        expect(run.killed.filter(({ during }) => during)).toHaveLength(kills.length);
        expect(madeOf(run.summary as Summary)).toEqual(madeOf(reference));
        if (kills.some(({ at }) => at === EVENTS.trainingCheckpointed.type)) {
          // The coordinator that came back, and its nodes, went on from a checkpoint.
          expect(joinedAfter(run.events)).toContainEqual(
            expect.toSatisfy((step: number) => step > 0 && step % 20 === 0),
          );
        }
        killed.push(...run.killed);
      },
      3 * MINUTES,
    );

    test.each([...PARTS])("%s was killed in a run that ended as it should", (part) => {
      expect(killed.map((kill) => kill.part)).toContain(part);
    });
  });
});

/** A kill up to `withinMs` after an event. */
function at(part: Part, event: EventDefinition, withinMs: number): Kill {
  return { part, at: event.type, withinMs };
}

/** Steps after which nodes joined. */
function joinedAfter(events: ClusterRun["events"]): number[] {
  return events
    .filter(({ type }) => type === EVENTS.trainingProgressed.type)
    .flatMap(({ data }) => EVENTS.trainingProgressed.schema.parse(data).changes)
    .flatMap(({ change, step }) => (change === "joined" ? [step] : []));
}

/** The one JSON object that a command prints. */
async function ask(...args: readonly string[]): Promise<Message> {
  const running = millrace([...args, "--json"], ROOT, cluster.environment);
  expect(await running.ended(), running.errors()).toBe(0);
  return running.messages.at(-1) as Message;
}
