/** Keys of a real installation: what they open, and that those of another project open nothing and tell nothing. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditPage, ClusterList, CreatedKey, KeyList, SearchResults, VersionView } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declaredServices } from "../kit/declared_services.ts";
import { type Message, millrace, readSummary, type Running, TINY } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;

let folder: string;
let server: Running;
let address: string;
let ownKey: string;
/** An admin of another project, with every scope. */
let stranger: string;
/** Ids and hashes of what the first project has. */
let theirs: Ids;

interface Ids {
  readonly run: string;
  readonly model: string;
  readonly version: string;
  readonly document: string;
  readonly representative: string;
  readonly corpusHash: string;
  readonly sha256: string;
  readonly erased: string;
  readonly key: string;
  readonly rule: string;
}
/** Of the same form, and nobody's. */
const NOBODYS: Ids = {
  run: "run-00000000",
  model: "nobodys-model",
  version: "9",
  document: "0".repeat(32),
  representative: "0".repeat(32),
  corpusHash: "0".repeat(64),
  sha256: "1".repeat(64),
  erased: "2".repeat(64),
  key: "00000000-0000-4000-8000-000000000000",
  rule: "nobodys-rule",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-access-"));
  const files = ["--data-dir", join(folder, "data"), "--summary", join(folder, "summary.json")];
  await newDataFolder(join(folder, "data"));
  server = millrace(["run", TINY, "--json", ...files]);
  await server.until(({ kind }) => kind === "started");
  address = JSON.parse(await readFile(join(folder, "data/owner.json"), "utf8")).address as string;
  ownKey = JSON.parse(await readFile(join(folder, "data/secrets.json"), "utf8")).apiKey as string;
  approving = await withApproval();
  await server.until(({ kind }) => kind === "summary");
  const { run } = await readSummary(join(folder, "summary.json"));
  const found = SearchResults.parse(await (await ask("/api/ingestion/search?q=sluice+gate")).json());
  const version = VersionView.parse(await (await ask("/api/registry/models/tiny/versions/live")).json());
  const { clusters } = ClusterList.parse(await (await ask(`/api/ingestion/runs/${run}/clusters`)).json());
  const key = CreatedKey.parse(await (await create({ name: "ada", scopes: ["read"] })).json()).key.id;
  const erased = "e".repeat(64);
  const erasure = JSON.stringify({ documentId: erased, idempotencyKey: "once" });
  expect((await ask("/api/ingestion/erasures", ownKey, { method: "POST", body: erasure })).status).toBe(202);
  const rule = "their-rule";
  const starts = { id: rule, on: "millrace.alert.raised.v1", do: "start_run" };
  const body = JSON.stringify({ ...starts, recipe: { name: "never", sources: [{ path: "docs" }] } });
  expect((await ask(`/api/automation/rules/${rule}`, ownKey, { method: "PUT", body })).status).toBe(200);
  theirs = {
    run,
    erased,
    model: "tiny",
    version: "1",
    document: found.results[0]?.documentId ?? "",
    representative: clusters[0]?.representative ?? "",
    corpusHash: version.corpusHash,
    sha256: version.checkpoint.sha256,
    key,
    rule,
  };
  expect(Object.values(theirs)).not.toContain("");
  const made = await create({ name: "hopper", role: "admin", scopes: ALL, project: "acme" });
  stranger = CreatedKey.parse(await made.json()).secret;
}, 5 * MINUTES);

afterAll(async () => {
  server.process.kill("SIGINT");
  await server.ended();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

/** What was answered on the way of the first version to all traffic, which takes the approval of a second person. */
let approving: { readonly asked: string; readonly told: string; readonly bySelf: string; readonly byOther: string };

function send(method: string, path: string, body: object, key?: string): Promise<Response> {
  return ask(path, key, { method, body: JSON.stringify(body) });
}

/** One person asks for the roll-out that no rule asks for, is not to approve it, and another one approves. */
async function withApproval(): Promise<typeof approving> {
  const [asker, other] = await Promise.all(
    ["noether", "hypatia"].map(async (name) => {
      const made = await create({ name, role: "approver", scopes: ["read", "deploy"] });
      return CreatedKey.parse(await made.json()).secret;
    }),
  );
  expect((await send("PUT", "/api/automation/rules/gates-passed", { enabled: false })).status).toBe(200);
  const start = { action: "start", model: "tiny", version: 1, reason: "looks fine", idempotencyKey: "once" };
  const decision = { version: 1, decision: "approved", comment: "looks fine to me too" };
  await server.until(({ kind, awaits }) => kind === "stage" && isAct(awaits, "start"));
  expect((await send("PUT", "/api/registry/models/tiny/protection", { aliases: ["live"] })).status).toBe(200);
  await send("POST", "/api/deployer/rollouts", start, asker);
  const asked = await untilSaid("/api/registry/models/tiny/approvals", '"state":"pending"');
  const { awaits } = await server.until(({ kind, awaits }) => kind === "stage" && isAct(awaits, "approve"));
  const bySelf = await (await send("POST", "/api/registry/models/tiny/approvals", decision, asker)).text();
  const byOther = await (await send("POST", "/api/registry/models/tiny/approvals", decision, other)).text();
  return { asked, told: JSON.stringify(awaits), bySelf, byOther };
}

function isAct(awaits: unknown, act: string): boolean {
  return typeof awaits === "object" && awaits !== null && "act" in awaits && awaits.act === act;
}

/** Asks until the answer holds some words; the hook's time limit ends what never comes. */
async function untilSaid(path: string, words: string): Promise<string> {
  for (;;) {
    const text = await (await ask(path)).text();
    if (text.includes(words)) return text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const ALL = ["read", "ingest", "train", "deploy", "complete", "admin"];

function ask(path: string, key: string = ownKey, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return fetch(new URL(path, address), { redirect: "manual", ...init, headers });
}
function create(wanted: object): Promise<Response> {
  const key = { role: "viewer", expiresAt: null, ...wanted };
  return ask("/api/registry/keys", ownKey, { method: "POST", body: JSON.stringify(key) });
}

/** What stands for a parameter of a route, and what else a request needs to be understood. */
function parameters(service: string, path: string, ids: Ids): Readonly<Record<string, string>> {
  const named = { run: ids.run, model: ids.model, name: ids.model, version: ids.version, hash: ids.corpusHash };
  const id = path.includes("/documents")
    ? ids.document
    : path.includes("/erasures/")
      ? ids.erased
      : path.includes("/rules/")
        ? ids.rule
        : path.includes("/keys/")
          ? ids.key
          : service === "inference"
            ? ids.model
            : ids.run;
  return {
    ...named,
    id,
    sha256: ids.sha256,
    representative: ids.representative,
    alias: "live",
    file: "none",
    action: "abort",
  };
}
const queries = (ids: Ids): Readonly<Record<string, string>> => ({
  "/api/registry/lineage": `?id=${ids.corpusHash}`,
  "/api/registry/find": `?text=${ids.sha256.slice(0, 12)}`,
  "/api/ingestion/search": "?q=sluice+gate",
  "/api/monitor/series": `?model=${ids.model}&metric=requests&from=2026-01-01T00:00:00.000Z&to=2026-01-02T00:00:00.000Z`,
  "/api/monitor/traffic": `?model=${ids.model}&from=2026-01-01T00:00:00.000Z&to=2026-01-02T00:00:00.000Z`,
  "/api/monitor/drift": `?model=${ids.model}&version=${ids.version}`,
  "/api/monitor/feedback": `?model=${ids.model}`,
  "/find": `?q=${ids.run}`,
  "/corpus": `?run=${ids.run}`,
});
const bodies = (ids: Ids): Readonly<Record<string, object>> => ({
  "POST /v1/completions": { model: ids.model, prompt: "The mill", max_tokens: 1 },
  "POST /v1/chat/completions": { model: ids.model, messages: [{ role: "user", content: "Hello" }] },
  "POST /api/deployer/rollouts": {
    action: "abort",
    model: ids.model,
    version: Number(ids.version),
    reason: "strange",
    idempotencyKey: "strange",
  },
  "PUT /api/registry/models/:name/aliases/:alias": { version: Number(ids.version) },
  "POST /api/automation/runs/:id/cancel": { reason: "strange" },
  "POST /api/feature/verbatim": { model: `${ids.model}@${ids.version}`, text: "The mill race turns the wheel again" },
  "POST /api/feature/ngrams": { model: `${ids.model}@${ids.version}`, prompt: "The mill", maxTokens: 1, seed: 1 },
  "POST /api/monitor/feedback": { completionId: "cmpl-1", model: ids.model, rating: 1 },
});
/** Goes on for ever; what it tells is of the project that the session is of, as the console's own test shows. */
const ENDLESS = ["/live"];
/** Uses a login link up, makes a page's cookie: nothing of a project. */
const OF_NO_PROJECT = ["/healthz", "/readyz", "/login", "/logout", "/theme", "/rail", "/*"];

const ROUTES = declaredServices()
  .flatMap(({ name, routes }) => routes.map((route) => ({ service: name, ...route })))
  .filter(({ path }) => ![...ENDLESS, ...OF_NO_PROJECT].includes(path));

/** A request of a route about certain things, in words and as it is sent. */
function requestOf({ service, method, path }: (typeof ROUTES)[number], ids: Ids): { path: string; init: RequestInit } {
  const values = parameters(service, path, ids);
  const filled = path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, (_whole, name: string) => values[name] ?? "none");
  const body = method === "GET" ? {} : { body: JSON.stringify(bodies(ids)[`${method} ${path}`] ?? {}) };
  return { path: `${filled}${queries(ids)[path] ?? ""}`, init: { method, ...body } };
}

/** What somebody hears of things: without their names, which the request had, and without what differs each time. */
async function hear(route: (typeof ROUTES)[number], ids: Ids, key: string): Promise<string> {
  const { path, init } = requestOf(route, ids);
  const answer = await ask(path, key, init);
  let text = await answer.text();
  for (const { version, ...ids } of [theirs, NOBODYS]) {
    text = text.replaceAll(`@${version}`, "@…").replaceAll(`"version":${version}`, '"version":…');
    for (const id of Object.values(ids)) text = text.replaceAll(new RegExp(`\\b${id}\\b`, "g"), "…");
  }
  text = text.replaceAll(/"traceId":"\w+"|"lastUsedAt":"[^"]+"|\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…");
  // Pages differ by time and by what they ask the browser for; their status tells whether there is such a thing.
  return route.service === "console" ? `${answer.status}` : `${answer.status} ${text}`;
}

/** For services, or for the installation's key: refused to others whatever they name. */
const FOR_OTHERS = [
  "/api/registry/keys/verify",
  "/api/registry/projects/:name",
  "/api/registry/backup",
  "/api/ingestion/hub-cache/garbage",
];

const named = ({ service, method, path }: (typeof ROUTES)[number]): string => `${service}: ${method} ${path}`;
/** Tell of the process, of the sender's project alone; the same for each sender of a project. */
const TELLS = ROUTES.filter(({ path }) => path !== "/metrics");

test("a login link that does not hold names the command that makes one for this data folder", async () => {
  const page = await (await ask("/login?token=used")).text();
  expect(page).toContain(`npx millrace up --data-dir ${join(folder, "data")}`);
});

test("a version of a protected model waits until somebody else than who asked for it has approved", async () => {
  expect(approving.asked).toContain('"requestedBy":"noether"');
  const awaited = { act: "approve", version: "tiny@1", requestedBy: "noether", since: expect.any(String) };
  expect(JSON.parse(approving.told)).toEqual(awaited);
  expect(approving.bySelf).toContain("found noether, who has asked for it, wanted somebody else");
  expect(JSON.parse(approving.byOther)).toMatchObject({ state: "approved", decidedBy: "hypatia" });
  const found = await (await ask("/api/deployer/deployments/tiny/1")).json();
  const way = (found as { steps: { state: string }[] }).steps.map(({ state }) => state);
  expect(way.slice(-4)).toEqual(["ready", "awaiting_approval", "routing", "live"]);
  const { entries } = AuditPage.parse(await (await ask("/api/registry/audit")).json());
  expect(entries.map(({ actor, action }) => `${actor}: ${action}`)).toEqual(
    expect.arrayContaining([
      "local: protection.changed",
      "local: rule.changed",
      "noether: rollout.start",
      "noether: approval.requested",
      "hypatia: approval.approved",
    ]),
  );
});

test("a session of the console that was begun with a key has what the key may, and ends with it", async () => {
  const { key, secret } = CreatedKey.parse(await (await create({ name: "curie", scopes: ["read"] })).json());
  const { path } = (await (await send("POST", "/api/console/login-links", {}, secret)).json()) as { path: string };
  const cookie = (await fetch(new URL(path, address))).headers.get("set-cookie")?.split(";")[0] ?? "";
  const see = (page: string) => fetch(new URL(page, address), { headers: { cookie }, redirect: "manual" });
  expect((await see("/runs")).status).toBe(200);
  expect((await see("/admin")).status).toBe(403);
  expect((await send("POST", `/api/registry/keys/${key.id}/revoke`, {})).status).toBe(200);
  await expect.poll(async () => (await see("/runs")).status, { timeout: 30_000 }).toBe(303);
});

/** Routes about things that the first project has, which shows that the requests of the table are understood. */
const ABOUT = [
  "/api/automation/runs/:id",
  "/api/automation/runs/:id/summary",
  "/api/automation/runs/:id/events",
  "/api/ingestion/documents/:id",
  "/api/ingestion/runs/:run/report",
  "/api/ingestion/runs/:run/dropped",
  "/api/ingestion/runs/:run/documents",
  "/api/ingestion/runs/:run/sources",
  "/api/ingestion/runs/:run/clusters/:representative",
  "/api/feature/runs/:run",
  "/api/feature/documents/:id",
  "/api/registry/runs/:run",
  "/api/registry/models/:name/versions/:version",
  "/api/registry/models/:name/protection",
  "/api/registry/models/:name/approvals",
  "/api/registry/corpora/:hash/versions",
  "/api/registry/lineage",
  "/api/registry/find",
  "/api/registry/artifacts/:sha256",
  "/api/deployer/deployments/:model/:version",
  "/v1/models/:id",
  "/runs/:id",
  "/documents/:id",
];

test(
  "every service has routes in the table, and what they are asked for is there",
  async () => {
    expect(new Set(ROUTES.map(({ service }) => service)).size).toBe(9);
    const about = TELLS.filter(({ method, path }) => method === "GET" && ABOUT.includes(path));
    expect(about.map(({ path }) => path).toSorted()).toEqual(ABOUT.toSorted());
    const alike: string[] = [];
    for (const route of about) {
      if ((await hear(route, theirs, ownKey)) === (await hear(route, NOBODYS, ownKey))) alike.push(named(route));
    }
    expect(alike).toEqual([]);
  },
  MINUTES,
);

test(
  "what is another project's cannot be told from what is nowhere, on any route",
  async () => {
    const told: string[] = [];
    for (const route of TELLS) {
      const [there, nowhere] = [await hear(route, theirs, stranger), await hear(route, NOBODYS, stranger)];
      if (there !== nowhere || (/^(403|5)/.test(there) && !FOR_OTHERS.includes(route.path)))
        told.push(`${named(route)}: ${there} / ${nowhere}`);
    }
    expect(told).toEqual([]);
  },
  MINUTES,
);

test(
  "no answer to another project's key holds an id, a hash, a source or a word of this one's",
  async () => {
    const { model: _model, version: _version, ...ids } = theirs;
    const secrets = [...Object.values(ids), "test/recipes/tiny/"];
    const shown: string[] = [];
    for (const route of ROUTES.filter(({ method }) => method === "GET")) {
      const { path, init } = requestOf(route, theirs);
      const text = await (await ask(path, stranger, init)).text();
      // A refusal may repeat what was asked for.
      const asked = path.replaceAll(/[?&]/g, "/").split(/[/=]/);
      shown.push(
        ...secrets.filter((one) => text.includes(one) && !asked.includes(one)).map((one) => `${named(route)}: ${one}`),
      );
    }
    expect(shown).toEqual([]);
    expect(await (await ask(`/api/automation/runs/${theirs.run}`)).json()).toMatchObject({ state: "serving" });
  },
  MINUTES,
);

/** Runs a command on the folder: exit code, and the one JSON object it printed. */
async function command(
  ...args: readonly string[]
): Promise<{ code: number | string; answer: Message; errors: string }> {
  const running = millrace([...args, "--json", "--data-dir", join(folder, "data")]);
  const code = await running.ended();
  return { code, answer: running.messages.at(-1) as Message, errors: running.errors() };
}

test(
  "millrace keys makes a key that opens what it is for, lists it, and ends it; millrace audit tells of it",
  async () => {
    const made = await command(
      "keys",
      "create",
      "grace",
      "--role",
      "operator",
      "--scopes",
      "read,train",
      "--expires",
      "12h",
    );
    expect(made.code, made.errors).toBe(0);
    const { key, secret } = CreatedKey.parse(made.answer);
    expect(key).toMatchObject({ name: "grace", role: "operator", scopes: ["read", "train"], project: "default" });
    expect((await ask(`/api/automation/runs/${theirs.run}`, secret)).status).toBe(200);
    const refused = await ask("/v1/models", secret);
    expect(await refused.json()).toMatchObject({
      error: { type: "permission_error", message: expect.stringMatching(/wanted .* scope complete/) },
    });
    const { keys } = KeyList.parse((await command("keys")).answer);
    expect(keys.map(({ id }) => id)).toEqual(expect.arrayContaining([key.id, theirs.key]));
    expect((await command("keys", "revoke", key.id)).answer["revokedAt"]).toMatch(/Z$/);
    const audit = await command("audit", "--actor", "local", "--limit", "2");
    expect(audit.answer["entries"]).toMatchObject([{ action: "key.revoked" }, { action: "key.created" }]);
    expect(await command("audit", "--verify")).toMatchObject({ code: 0, answer: { problem: null } });
  },
  2 * MINUTES,
);
