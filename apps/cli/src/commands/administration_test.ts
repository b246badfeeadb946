import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createAutomation } from "@millrace/automation";
import { readMigrations } from "@millrace/database/migration_files";
import { createRegistry } from "@millrace/registry";
import { serveHttp } from "@millrace/service/node";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createProgram } from "../program.ts";
import { UsageError } from "../usage_error.ts";

let host: TestHost;
let server: Awaited<ReturnType<typeof serveHttp>>;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createRegistry(openPorts, access),
      createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1/v1" }),
    ],
    migrations: { registry: await readMigrations("registry"), automation: await readMigrations("automation") },
  });
  const [registry, automation] = host.services;
  const answering = (request: Request) => (request.url.includes("/api/automation/") ? automation! : registry!);
  server = await serveHttp((request) => answering(request).fetch(request), { port: 0 });
});
afterAll(async () => {
  await server.close(0);
  await host.close();
});

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.stubEnv("MILLRACE_API_KEY", host.apiKey);
  vi.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function millrace(...args: readonly string[]): Promise<readonly string[]> {
  printed = [];
  await createProgram().parseAsync(["node", "millrace", ...args, "--address", server.url]);
  return printed;
}
const limits = (...args: readonly string[]) => millrace("limits", ...args);

test("a key that never ends is made, though not with one that ends", async () => {
  const [own = ""] = await millrace(
    "keys",
    "create",
    "hopper",
    "--role",
    "admin",
    "--scopes",
    "all",
    "--expires",
    "1h",
  );
  const [, said] = await millrace("keys", "create", "app", "--scopes", "complete", "--expires", "never");
  expect(said).toContain("does not expire");
  vi.stubEnv("MILLRACE_API_KEY", own);
  await expect(millrace("keys", "create", "app", "--scopes", "complete", "--expires", "never")).rejects.toThrow(
    "a key cannot outlive the key that makes it: found no end, wanted",
  );
});

test("protecting a model names aliases, or --none", async () => {
  await expect(millrace("rollout", "protect", "docs")).rejects.toThrow("expected aliases such as live, or --none");
  await expect(millrace("rollout", "protect", "docs", "live", "--none")).rejects.toThrow(UsageError);
  await expect(millrace("rollout", "protect", "docs", "live")).rejects.toThrow("found no version of such a model");
  expect(await millrace("rollout", "protect", "docs", "--none")).toEqual(["Protected aliases of docs: none"]);
});

test("a rule of one's own is deleted, one that is shipped is not", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "millrace-rules-")), "rules.yaml");
  await writeFile(file, "{ id: mine, on: millrace.alert.raised.v1, do: retrain }");
  expect(await millrace("rules", "apply", file)).toHaveLength(4);
  const left = await millrace("rules", "delete", "mine");
  expect(left.map((line) => line.split(" ", 1)[0])).toEqual(["gates-passed", "canary-healthy", "drift-retrain"]);
  await expect(millrace("rules", "delete", "mine")).rejects.toThrow('dropping rule "mine": there is none');
  await expect(millrace("rules", "delete", "gates-passed")).rejects.toThrow(
    "it is shipped, and can be switched off only",
  );
  await rm(dirname(file), { recursive: true });
});

test("limits set changes the limits that are named and leaves the others, and limits shows them", async () => {
  const none = "bytes none  concurrentRuns none  tokensPerMinute none";
  expect(await limits()).toEqual([`default          ${none}`]);
  const set = await limits("set", "--project", "acme", "bytes=5GB", "concurrentRuns=2");
  expect(set).toEqual(["acme             bytes 5,000,000,000  concurrentRuns 2  tokensPerMinute none"]);
  const acme = { name: "acme", limits: { bytes: null, concurrentRuns: 2, tokensPerMinute: 70 } };
  const [said = ""] = await limits("set", "--project", "acme", "bytes=none", "tokensPerMinute=70", "--json");
  expect(JSON.parse(said)).toEqual(acme);
  const [alone = ""] = await limits("show", "--project", "acme", "--json");
  expect(JSON.parse(alone)).toEqual({ projects: [acme] });
  expect(await limits("set", "concurrentRuns=1")).toEqual([
    "default          bytes none  concurrentRuns 1  tokensPerMinute none",
  ]);
  const [all = ""] = await limits("--json");
  expect(JSON.parse(all).projects.map(({ name }: { name: string }) => name)).toEqual(["acme", "default"]);
  await expect(limits("set", "--project", "../keys", "bytes=1")).rejects.toThrow("project: ");
});

test.each([
  [["bytes"], 'expected bytes, concurrentRuns, tokensPerMinute with =number or =none, found "bytes"'],
  [["memory=1"], 'found "memory=1"'],
  [["__proto__=1"], 'found "__proto__=1"'],
  [["bytes=0"], 'limits set bytes: expected a whole number above 0 such as 5000000000 or 5GB, or none, found "0"'],
  [["bytes=99999999TB"], 'found "99999999TB"'],
  [["concurrentRuns=2GB"], 'expected a whole number above 0, or none, found "2GB"'],
  [["concurrentRuns="], 'found ""'],
  [["bytes=1", "bytes=2"], "found bytes more than once"],
])("limits set %j is wrong usage, and nothing is changed", async (settings, why) => {
  const refused = limits("set", "--project", "spotless", ...settings);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(why);
  expect((await limits()).join("\n")).not.toContain("spotless");
});
