/** The deployer with stand-ins of the services that it talks to, and the parts they play. */
import { type ArtifactRef, DeploymentList, EVENTS } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { openExecutor } from "@millrace/execution/open";
import { mergeProfiles } from "@millrace/features";
import { type Access, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { writeSafetensors } from "@millrace/training";
import { initialParameters, parameterLayout } from "@millrace/transformer";
import { afterAll, beforeAll } from "vitest";
import { createDeployer } from "../service.ts";

/** What the gateway was asked, and how it answers: the other end of the contract, which lives in another app. */
export const asked: Record<string, unknown>[] = [];

/** What the services beside the deployer say. */
export const peers: {
  /** The gateway's answer in place of a completion. */
  refusal?: HttpError | undefined;
  /** Which version is live, as the registry says. */
  live?: { readonly version: number; readonly package: ArtifactRef } | undefined;
} = {};

function gateway(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "inference",
      routes(http) {
        http.post("/v1/completions", async (context) => {
          if (peers.refusal !== undefined) throw peers.refusal;
          const body = (await context.req.json()) as Record<string, unknown>;
          asked.push({ ...body, synthetic: context.req.header("millrace-synthetic") });
          return context.json({
            choices: [{ text: ` is answered\u0000by ${String(body["model"])}`, finish_reason: "length" }],
          });
        });
      },
    },
    openPorts,
    access,
  );
}

/** Models whose alias `live` is protected, as the registry says. */
export const guarded = new Set<string>();

function registry(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "registry",
      routes(http) {
        http.get("/api/registry/models/:name/versions/live", (context) => {
          if (peers.live === undefined) throw new HttpError(404, "not_found", "there is no such version or alias");
          return context.json(peers.live);
        });
        http.get("/api/registry/models/:name/protection", (context) =>
          context.json({ aliases: guarded.has(context.req.param("name")) ? ["live"] : [] }),
        );
      },
    },
    openPorts,
    access,
  );
}

/** A deployer among stand-ins of its peers; there once `hostDeployer` has begun. */
export let host: TestHost;

/** Starts it before the tests of a file, and ends it after them. */
export function hostDeployer(): void {
  const executor = openExecutor(console.warn);
  beforeAll(async () => {
    host = await testHost({
      services: (openPorts, access) => [
        createDeployer(openPorts, access, () => executor),
        gateway(openPorts, access),
        registry(openPorts, access),
      ],
      migrations: { deployer: await readMigrations("deployer") },
    });
    await host.start();
  });
  afterAll(async () => {
    await host.close();
    await (await executor).close();
  });
}

export const config = {
  architecture: "gpt2",
  vocabularySize: 280,
  contextLength: 32,
  layers: 1,
  heads: 2,
  width: 16,
} as const;
export const PROMPTS = ["The ", "To install", "This function"];

export const artifacts = () => host.artifacts.forProject("default");
const put = (value: string | Uint8Array, type = "application/json"): Promise<ArtifactRef> =>
  artifacts().put(typeof value === "string" ? new TextEncoder().encode(value) : value, type);
export const textOf = async ({ sha256 }: ArtifactRef): Promise<string> =>
  new TextDecoder().decode(await artifacts().bytes(sha256));

const SENTENCE = "the mill race leads the stream to the mill wheel. ";

/**
 * Command of a run whose model has the run's name.
 * @param spread Factor on the parameters: the untrained model is the surer of its mistakes the greater it is.
 * @param train Learns the tokenizer.
 */
export async function deployment(
  runId: string,
  attempt = 1,
  spread = 1,
  train: (texts: readonly string[]) => Promise<{ readonly json: string }> = (texts) =>
    trainBpe(texts, { vocabularySize: 270 }),
) {
  const { json } = await train([SENTENCE.repeat(8)]);
  const tokenizer = await put(json);
  const parameters = initialParameters(config, 3).map((parameter) => spread * parameter);
  const tensors = parameterLayout(config).map(
    ({ name, shape, offset, size }) => [name, { shape, data: parameters.subarray(offset, offset + size) }] as const,
  );
  const checkpoint = await put(writeSafetensors(new Map(tensors), { format: "pt" }), "application/safetensors");
  const ids = Uint16Array.from([0, ...loadTokenizer(json).encode(SENTENCE.repeat(3))]);
  const line = { id: "document", source: "race.md", shard: 0, from: 0, to: ids.length };
  const shard = {
    tokens: await put(new Uint8Array(ids.buffer), "application/octet-stream"),
    index: await put(`${JSON.stringify(line)}\n`, "application/jsonl"),
    count: ids.length,
  };
  const manifest = {
    version: 1,
    corpusHash: tokenizer.sha256,
    tokenizer,
    vocabularySize: loadTokenizer(json).vocabularySize,
    endOfText: 0,
    dtype: "uint16",
    train: [],
    validation: [shard],
    tokens: { train: 0, validation: 0 },
    bytes: { train: 0, validation: 0 },
    profile: await put(JSON.stringify(mergeProfiles([]))),
  };
  const tokenized = await put(JSON.stringify(manifest));
  const named = { runId, attempt, model: runId, version: 1 };
  return { ...named, checkpoint, config, tokenizer, tokenized, slots: 2, prompts: PROMPTS };
}

export async function look(runId: string) {
  const { deployments } = DeploymentList.parse(
    await (await host.request("deployer", "/api/deployer/deployments")).json(),
  );
  return deployments.find((one) => one.runId === runId);
}

export const ofRun = (runId: string) => (event: { readonly data: Record<string, unknown> }) =>
  event.data["runId"] === runId;

/** Plays inference: says that what was asked for is done. */
export async function loaded(runId: string): Promise<void> {
  const { data } = await host.events.until(EVENTS.servingLoad, ofRun(runId));
  const { model, version, attempt } = data;
  await host.publish(`${runId} loaded`, EVENTS.servingLoaded, { runId, model, version, attempt, replicas: 1 });
}

/** Plays automation's rule: what is ready is to be rolled out. */
export async function started(runId: string): Promise<void> {
  const { data } = await host.events.until(EVENTS.rolloutReady, ofRun(runId));
  const { model, version } = data;
  await host.publish(`${runId} start`, EVENTS.rolloutStart, { model, version, reason: "test" });
}
