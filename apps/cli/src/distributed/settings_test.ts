import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { frontSettings, serviceSettings, settingsHelp, workerSettings } from "./settings.ts";

const COMPLETE = {
  NATS_URL: "nats://millrace:secret@nats:4222",
  DATABASE_URL: "postgres://millrace:secret@postgres:5432/millrace",
  ARTIFACTS_URL: "file:///srv/artifacts",
  MILLRACE_CLUSTER_SECRET: "c".repeat(32),
  MILLRACE_API_KEY: `mr_${"0".repeat(64)}`,
  MILLRACE_PEERS: "http://{service}:4100",
  MILLRACE_PUBLIC_ADDRESS: "https://millrace.example.org/",
  MILLRACE_SOURCES: "/srv/documents",
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-settings-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("serviceSettings() reads a complete environment", async () => {
  expect(await serviceSettings("registry", COMPLETE)).toMatchObject({
    NATS_URL: { servers: "nats:4222", user: "millrace", password: "secret" },
    ARTIFACTS_URL: { kind: "file", folder: "/srv/artifacts" },
    MILLRACE_PUBLIC_ADDRESS: "https://millrace.example.org",
  });
});

test.each(Object.keys(COMPLETE))("serviceSettings() names %s when it is missing or empty", async (name) => {
  for (const value of [undefined, " "]) {
    const refused = serviceSettings("ingestion", { ...COMPLETE, [name]: value });
    await expect(refused).rejects.toThrow(`millrace up ingestion: the environment is not complete:\n  ${name}: is not`);
  }
});

test("serviceSettings() names every problem, and repeats no value, which may be a secret", async () => {
  const wrong = { ...COMPLETE, NATS_URL: "secret", DATABASE_URL: "mysql://secret", MILLRACE_CLUSTER_SECRET: "secret" };
  const error = await serviceSettings("registry", wrong).catch(String);
  for (const name of ["NATS_URL", "DATABASE_URL", "MILLRACE_CLUSTER_SECRET"])
    expect(error).toContain(`  ${name}: wanted`);
  expect(error).not.toContain("secret");
});

test("serviceSettings() wants sources of ingestion alone, and keys of an S3 store alone", async () => {
  const { MILLRACE_SOURCES: _, ...rest } = COMPLETE;
  const { MILLRACE_CLUSTER_SECRET } = COMPLETE;
  expect(await serviceSettings("registry", rest)).toMatchObject({ MILLRACE_CLUSTER_SECRET });
  const s3 = { ...COMPLETE, ARTIFACTS_URL: "s3://models?endpoint=http://minio:9000", AWS_ACCESS_KEY_ID: "id" };
  await expect(serviceSettings("registry", s3)).rejects.toThrow("  AWS_SECRET_ACCESS_KEY: is not set");
  const whole = await serviceSettings("registry", { ...s3, AWS_SECRET_ACCESS_KEY: "key" });
  expect(whole.ARTIFACTS_URL).toMatchObject({ kind: "s3" });
});

test("serviceSettings() reads a value from the file that NAME_FILE names, and refuses both ways at once", async () => {
  const file = join(folder, "cluster_secret");
  await writeFile(file, `${"d".repeat(40)}\n`);
  const { MILLRACE_CLUSTER_SECRET: _, ...rest } = COMPLETE;
  const byFile = { ...rest, MILLRACE_CLUSTER_SECRET_FILE: file };
  expect(await serviceSettings("registry", byFile)).toMatchObject({ MILLRACE_CLUSTER_SECRET: "d".repeat(40) });
  await expect(serviceSettings("registry", { ...COMPLETE, ...byFile })).rejects.toThrow("wanted one of them");
  const missing = { ...rest, MILLRACE_CLUSTER_SECRET_FILE: join(folder, "none") };
  await expect(serviceSettings("registry", missing)).rejects.toThrow(/MILLRACE_CLUSTER_SECRET_FILE: reading .*ENOENT/);
});

test("frontSettings() wants addresses and no secret", async () => {
  const { MILLRACE_PEERS, MILLRACE_PUBLIC_ADDRESS } = COMPLETE;
  const settings = await frontSettings({ MILLRACE_PEERS, MILLRACE_PUBLIC_ADDRESS });
  expect(settings).toMatchObject({ MILLRACE_PUBLIC_ADDRESS: "https://millrace.example.org" });
  await expect(frontSettings({ MILLRACE_PEERS })).rejects.toThrow("  MILLRACE_PUBLIC_ADDRESS: is not set");
});

test("workerSettings() wants the secret and an address that others reach, and nothing else", async () => {
  const { MILLRACE_CLUSTER_SECRET } = COMPLETE;
  const at = (MILLRACE_WORKERS?: string) => workerSettings({ MILLRACE_CLUSTER_SECRET, MILLRACE_WORKERS });
  expect(await at("10.0.0.5:4200")).toMatchObject({ MILLRACE_WORKERS: { host: "10.0.0.5", port: 4200 } });
  expect(await at("[fd00:0::5]:4200")).toMatchObject({ MILLRACE_WORKERS: { host: "fd00::5", port: 4200 } });
  await expect(at()).rejects.toThrow(
    "millrace up worker: the environment is not complete:\n  MILLRACE_WORKERS: is not",
  );
  for (const wrong of [
    "10.0.0.5",
    "http://10.0.0.5:4200",
    "0.0.0.0:4200",
    "0:1",
    "[::0]:4200",
    "trainer:0x1",
    "trainer:0",
    ":4200",
    "a/b:1",
  ])
    await expect(at(wrong), wrong).rejects.toThrow("MILLRACE_WORKERS: wanted where the trainer waits");
});

test("settingsHelp() tells of every variable", () => {
  for (const name of Object.keys(COMPLETE)) expect(settingsHelp()).toMatch(new RegExp(`  ${name} +\\S`));
});
