import { afterEach, expect, test, vi } from "vitest";
import { createProgram } from "../program.ts";
import { UsageError } from "../usage_error.ts";

afterEach(() => vi.unstubAllEnvs());

const millrace = (...args: readonly string[]): Promise<unknown> =>
  createProgram().parseAsync(["node", "millrace", ...args]);

test("up <service> refuses an environment without settings, naming each, and never falls back to embedded parts", async () => {
  const refused = millrace("up", "ingestion");
  await expect(refused).rejects.toThrow(UsageError);
  for (const name of ["NATS_URL", "DATABASE_URL", "ARTIFACTS_URL", "MILLRACE_PEERS", "MILLRACE_SOURCES"])
    await expect(refused).rejects.toThrow(`  ${name}: is not set; wanted `);
});

test("up <service> refuses a folder of artifacts that cannot be written to before it reaches for a server", async () => {
  const settings = {
    NATS_URL: "nats://127.0.0.1:1",
    DATABASE_URL: "postgres://user:password@127.0.0.1:1/millrace",
    ARTIFACTS_URL: "file:///dev/null/artifacts",
    MILLRACE_CLUSTER_SECRET: "c".repeat(32),
    MILLRACE_API_KEY: `mr_${"0".repeat(64)}`,
    MILLRACE_PEERS: "http://{service}:4100",
    MILLRACE_PUBLIC_ADDRESS: "https://mill.example.org",
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  await expect(millrace("up", "registry")).rejects.toThrow(
    "ARTIFACTS_URL /dev/null/artifacts: expected /dev/null to be a folder, found a file",
  );
});

test("up without a service refuses settings that only a service takes, and the other way round", async () => {
  await expect(millrace("up", "registry", "--port", "0")).rejects.toThrow("others find registry by its port");
  await expect(millrace("up", "--host", "0.0.0.0")).rejects.toThrow("only 127.0.0.1 is listened on");
  vi.stubEnv("MILLRACE_PEERS", "http://{service}:4100");
  await expect(millrace("up")).rejects.toThrow("found MILLRACE_PEERS, wanted a service");
});

test("up worker refuses an address at which nodes on other machines do not reach its own", async () => {
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    vi.stubEnv("MILLRACE_CLUSTER_SECRET", "c".repeat(32));
    vi.stubEnv("MILLRACE_WORKERS", "10.0.0.5:4200");
    await expect(millrace("up", "worker", "--host", host)).rejects.toThrow(
      `by --host; found ${host}, wanted an address`,
    );
  }
});

test("commands refuse an address without a key, a key without an address, and an address that is none", async () => {
  await expect(millrace("status", "--address", "https://mill.example.org")).rejects.toThrow("wanted a key");
  await expect(millrace("status", "--api-key-file", "key")).rejects.toThrow("found no --address");
  await expect(millrace("status", "--address", "mill")).rejects.toThrow("wanted an address such as");
  vi.stubEnv("MILLRACE_API_KEY", `mr_${"0".repeat(64)}`);
  const both = millrace("status", "--address", "https://mill.example.org", "--api-key-file", "key");
  await expect(both).rejects.toThrow("found both MILLRACE_API_KEY and MILLRACE_API_KEY_FILE");
});
