/** What all runtimes share: servers, a model in the registry, and a version that is served. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { s3Store } from "@millrace/artifacts/s3";
import { connectNats, jetstreamBus } from "@millrace/bus/jetstream";
import { startNatsServer } from "@millrace/bus/testing";
import { type ArtifactRef, type CloudEvent, DEFAULT_PROJECT, EVENTS, rootEventId } from "@millrace/contracts";
import { startPostgres } from "@millrace/database/testing";
import { newApiKey } from "@millrace/service";
import { artifactsAddress } from "@millrace/service/addresses";
import { storeTinyPackage, TINY_CHAT } from "../../apps/inference/src/testing/tiny_package.ts";
import { startS3 } from "../kit/s3.ts";

export interface Installation {
  readonly apiKey: string;
  /** For every runtime; `NATS_URL` and `MILLRACE_PEERS` are its own. */
  readonly settings: Readonly<Record<string, string>>;
  readonly nats: { readonly url: string; readonly websocketUrl: string };
  readonly folder: string;
  /** Artifact of 3 MiB that the registry knows. */
  readonly checkpoint: ArtifactRef;
  /** Asks for `docs@1` to be registered and loaded. */
  make(): Promise<void>;
  /** Asks for all traffic to go to `docs@1`, once it is loaded. */
  route(): Promise<void>;
  /** Publishes that a run has changed. */
  change(runId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-edge-"));
  const [nats, postgres, s3] = await Promise.all([startNatsServer(), startPostgres(), startS3(join(folder, "s3"))]);
  const connection = await connectNats({ servers: new URL(nats.url).host, name: "test" });
  const bus = await jetstreamBus(connection, { now: Date.now });
  const apiKey = newApiKey();
  const address = artifactsAddress(s3.artifactsUrl);
  if (address?.kind !== "s3")
    throw new Error(`starting the installation: ${s3.artifactsUrl} is no address of a bucket`);
  const credentials = { accessKeyId: s3.accessKey, secretAccessKey: s3.accessKey };
  const artifacts = s3Store({ ...address, region: "us-east-1", credentials }).forProject(DEFAULT_PROJECT);
  const checkpoint = await artifacts.put(new Uint8Array(3 * 1024 * 1024).fill(7), "application/safetensors");
  const publish = async (
    key: string,
    definition: (typeof EVENTS)[keyof typeof EVENTS],
    data: object,
  ): Promise<void> => {
    const id = await rootEventId(DEFAULT_PROJECT, definition.type, key);
    const run = "runId" in data ? String(data.runId) : "run-1";
    const event: CloudEvent = {
      specversion: "1.0",
      id,
      source: `/millrace/${definition.emitters[0]}`,
      type: definition.type,
      subject: run,
      time: new Date().toISOString(),
      datacontenttype: "application/json",
      project: DEFAULT_PROJECT,
      correlationid: run,
      causationid: id,
      data: definition.schema.parse(data) as CloudEvent["data"],
    };
    await bus.publish([event]);
  };
  const served = { runId: "run-1", attempt: 1, model: "docs", version: 1 };
  return {
    apiKey,
    settings: {
      DATABASE_URL: await postgres.createDatabase("millrace"),
      ARTIFACTS_URL: s3.artifactsUrl,
      AWS_ACCESS_KEY_ID: s3.accessKey,
      AWS_SECRET_ACCESS_KEY: s3.accessKey,
      MILLRACE_CLUSTER_SECRET: newApiKey().slice(3),
      MILLRACE_API_KEY: apiKey,
      MILLRACE_PUBLIC_ADDRESS: "http://127.0.0.1",
    },
    nats,
    folder,
    checkpoint,
    async make() {
      const small = (text: string): Promise<ArtifactRef> =>
        artifacts.put(new TextEncoder().encode(text), "application/json");
      const made = {
        recipe: await small("recipe"),
        checkpoint,
        tokenizer: await small("tokenizer"),
        corpus: await small("corpus"),
        tokenized: await small("tokenized"),
      };
      await publish("register", EVENTS.modelRegister, { ...EVENTS.modelRegister.example, runId: "run-1", ...made });
      await publish("load", EVENTS.servingLoad, {
        ...served,
        package: await storeTinyPackage(artifacts, 1, TINY_CHAT),
      });
    },
    route: () => publish("route", EVENTS.servingRoute, { ...served, percent: 100 }),
    change: (runId) =>
      publish(crypto.randomUUID(), EVENTS.stageProgressed, { ...EVENTS.stageProgressed.example, runId }),
    async stop() {
      await bus.close();
      await connection.close();
      await Promise.all([nats.remove(), postgres.stop(), s3.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
