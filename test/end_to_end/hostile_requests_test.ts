/** Requests that nobody means well, with a good key: no service answers that the fault is its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateKey, RecipeInput, RolloutCommand, Rule } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, connect } from "../../apps/cli/src/client.ts";
import { declaredServices } from "../kit/declared_services.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTE = 60_000;

let folder: string;
let client: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-hostile-"));
  await newDataFolder(join(folder, "data"));
  client = await connect({ dataDir: join(folder, "data") });
}, MINUTE);
afterAll(async () => {
  await client.close();
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** What the services say is their own fault, or do not understand as a refusal. */
async function faults(requests: readonly Sent[]): Promise<string[]> {
  const found: string[] = [];
  for (const { method, path, body } of requests) {
    const headers = { authorization: `Bearer ${client.apiKey}`, "content-type": "application/json" };
    const init = { method, headers, redirect: "manual" as const, ...(body !== undefined && { body }) };
    const response = await fetch(new URL(path, client.address), init);
    const text = await response.text();
    if (response.status >= 500) found.push(`${method} ${path.slice(0, 80)}: ${response.status} ${text.slice(0, 200)}`);
  }
  return found;
}

/** Goes on for ever, as it should. */
const ENDLESS = ["/live"];
const ROUTES = declaredServices()
  .flatMap(({ routes }) => routes)
  .filter(({ path }) => !ENDLESS.includes(path) && path !== "/*");
const WITH_NAMES = ROUTES.filter(({ path }) => path.includes(":"));
const QUERIES =
  "after before cluster corpus from id licence limit member metric model points project q reason run state text to token under version with".split(
    " ",
  );

test.each([
  ["NUL", "%00"],
  ["a lone surrogate", "%ED%A0%80"],
  ["5,000 characters", "a".repeat(5000)],
  ["a number larger than any column holds", "99999999999999999999"],
  ["a way out of a folder", "..%2f..%2fetc%2fpasswd"],
])(
  "every service refuses %s in the path of each of its routes",
  async (_, part) => {
    const requests = WITH_NAMES.map(({ method, path }): Sent => ({
      method,
      path: path.replaceAll(/:\w+/g, part),
      ...(method === "POST" || method === "PUT" ? { body: "{}" } : {}),
    }));
    expect(requests.length).toBeGreaterThan(30);
    expect(await faults(requests)).toEqual([]);
  },
  MINUTE,
);

/** A query that a route understands, but for one parameter. */
function asked(name: string, value: string): string {
  const others = { q: "mill", text: "mill", model: "tiny", version: "1", metric: "requests", run: "run-1" };
  return `${new URLSearchParams(Object.entries(others).filter(([other]) => other !== name))}&${name}=${value}`;
}
const READS = ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path.replaceAll(/:\w+/g, "1"));

test.each([
  ["NUL", "%00"],
  ["a lone surrogate", "%ED%A0%80"],
  ["5,000 characters", "a".repeat(5000)],
])(
  "every service refuses %s in a query",
  async (_, value) => {
    // Refused before a route is come to, so that it is one whatever its name.
    const requests = READS.map((path) => ({ method: "GET", path: `${path}?${asked("run", value)}` }));
    expect(await faults(requests)).toEqual([]);
  },
  MINUTE,
);

test(
  "no number is too large for any parameter of a query",
  async () => {
    const requests = READS.filter((path) => path.startsWith("/api/")).flatMap((path) =>
      QUERIES.map((name) => ({ method: "GET", path: `${path}?${asked(name, "99999999999999999999")}` })),
    );
    expect(await faults(requests)).toEqual([]);
  },
  MINUTE,
);

const NUL = "a\0b";
const LARGE = Number.MAX_SAFE_INTEGER;
const key: CreateKey = { name: "a", role: "viewer", scopes: ["read"], expiresAt: null };
const rule: Rule = {
  id: "hostile",
  description: "a",
  enabled: true,
  on: "millrace.alert.raised.v1",
  when: [{ field: "data.kind", op: "==", value: "drift" }],
  do: "retrain",
  cooldownSeconds: 0,
  maxPerDay: 1,
};
const recipe: RecipeInput = { name: "a", sources: [{ path: "/nowhere" }] };
const rollout: RolloutCommand = { action: "start", model: "tiny", version: 1, reason: "a", idempotencyKey: "a" };
/** Bodies that are right but for one thing. */
const BODIES: readonly (readonly [method: string, path: string, body: object])[] = [
  ["POST", "/v1/completions", { model: NUL, prompt: "a" }],
  ["POST", "/v1/completions", { model: "tiny", prompt: NUL }],
  ["POST", "/v1/completions", { model: `tiny@${LARGE}`, prompt: "a" }],
  ["POST", "/v1/chat/completions", { model: NUL, messages: [{ role: "user", content: NUL }] }],
  ["POST", "/api/registry/keys", { ...key, name: NUL }],
  ["PUT", "/api/registry/models/tiny/aliases/live", { version: LARGE }],
  ["POST", "/api/ingestion/erasures", { documentId: NUL, idempotencyKey: "a" }],
  ["POST", "/api/ingestion/erasures", { documentId: "a", idempotencyKey: NUL }],
  ["POST", "/api/feature/verbatim", { model: NUL, version: LARGE, text: NUL }],
  ["POST", "/api/feature/ngrams", { model: `tiny@${LARGE}`, prompt: NUL }],
  ["POST", "/api/deployer/rollouts", { ...rollout, version: LARGE }],
  ["POST", "/api/deployer/rollouts", { ...rollout, reason: NUL, idempotencyKey: NUL }],
  ["POST", "/api/monitor/feedback", { completionId: NUL, model: "tiny", rating: 1, comment: NUL }],
  ["POST", "/api/automation/runs", { recipe: { ...recipe, description: NUL }, idempotencyKey: NUL }],
  ["POST", "/api/automation/runs/run-1/cancel", { reason: NUL }],
  ["POST", "/api/automation/dead-letters/requeue", { sequence: LARGE }],
  ["POST", "/api/automation/dead-letters/requeue", { all: { consumer: NUL } }],
  ["PUT", "/api/automation/rules/hostile", { ...rule, description: NUL }],
  ["PUT", "/api/automation/rules/hostile", { ...rule, when: [{ field: NUL, op: "==", value: NUL }] }],
  ["POST", "/api/automation/rules/dry-run", { rule: { ...rule, description: NUL }, days: 90 }],
];

test("what no row can hold is refused in bodies too", async () => {
  const requests = BODIES.map(([method, path, body]): Sent => ({ method, path, body: JSON.stringify(body) }));
  expect(await faults(requests)).toEqual([]);
});

test("20,000 levels of brackets are refused wherever a body is read", async () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const requests = ROUTES.filter(({ method }) => method === "POST" || method === "PUT").flatMap(({ method, path }) =>
    [deep, `{"model":"tiny","prompt":${deep},"messages":${deep},"recipe":${deep},"rule":${deep}}`].map(
      (body): Sent => ({ method, path: path.replaceAll(/:\w+/g, "1"), body }),
    ),
  );
  expect(await faults(requests)).toEqual([]);
  const body = `{"model":"tiny","prompt":${deep}}`;
  const headers = { authorization: `Bearer ${client.apiKey}`, "content-type": "application/json" };
  const refused = await fetch(new URL("/v1/completions", client.address), { method: "POST", headers, body });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: {
      param: "prompt",
      message: expect.stringContaining("prompt: expected text, token ids, or a list of either"),
    },
  });
});

test("a page whose address names nothing is a page that says so", async () => {
  const headers = { authorization: `Bearer ${client.apiKey}`, accept: "text/html" };
  const page = await fetch(new URL("/runs/%00", client.address), { headers });
  expect(page.status).toBe(404);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain("the character NUL");
});
