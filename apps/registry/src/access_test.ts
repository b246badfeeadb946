import {
  AuditPage,
  AuditVerification,
  type CreateKey,
  CreatedKey,
  KeyList,
  KeyView,
  VerifiedKey,
} from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import { freshDatabase } from "@millrace/database/testing";
import { defineService, hashApiKey, KEY_MEMORY_MS, needs, registryLimits } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createRegistry } from "./service.ts";

let database: Database;
let host: TestHost;
let nowMs: number;
beforeAll(async () => {
  database = await freshDatabase();
});
beforeEach(async () => {
  nowMs = Date.parse("2026-05-01T12:00:00Z");
  host = await testHost({
    database,
    now: () => nowMs,
    services: (openPorts, access) => [
      createRegistry(openPorts, access),
      defineService(
        {
          name: "monitor",
          routes(http) {
            http.get("/whoami", needs("viewer", "read"), (context) => context.json(context.var.identity));
            http.post("/promote", needs("approver", "deploy"), (context) => context.json({}));
            http.get("/unstated", (context) => context.json({}));
          },
        },
        openPorts,
        access,
      ),
    ],
    migrations: { registry: await readMigrations("registry") },
  });
});
afterEach(() => host.close());
afterAll(() => database.close());

const KEYS = "/api/registry/keys";
const ADA: CreateKey = { name: "ada", role: "operator", scopes: ["read", "deploy"], expiresAt: null };

function send(path: string, body: unknown, secret?: string, method = "POST"): Promise<Response> {
  const headers = { "content-type": "application/json", ...bearer(secret) };
  return host.request("registry", path, { method, body: JSON.stringify(body), headers });
}
function bearer(secret?: string): Record<string, string> {
  return secret === undefined ? {} : { authorization: `Bearer ${secret}` };
}
const get = (path: string, secret?: string): Promise<Response> =>
  host.request("registry", path, { headers: bearer(secret) });
const ask = (path: string, secret: string, method = "GET"): Promise<Response> =>
  host.request("monitor", path, { method, headers: bearer(secret) });

async function create(wanted: Partial<CreateKey> = {}, by?: string): Promise<CreatedKey> {
  const answer = await send(KEYS, { ...ADA, ...wanted }, by);
  expect(answer.status).toBe(201);
  return CreatedKey.parse(await answer.json());
}
async function refusal(answer: Response): Promise<{ status: number; message: string }> {
  const { error } = (await answer.json()) as { error: { message: string } };
  return { status: answer.status, message: error.message };
}

test("a key opens every service, with its holder's name, project, role and scopes", async () => {
  const { key, secret } = await create();
  expect(secret).toMatch(/^mlr_[0-9a-f]{64}$/);
  const identity = { name: "ada", project: "default", role: "operator", scopes: ["read", "deploy"], keyId: key.id };
  expect(await (await ask("/whoami", secret)).json()).toEqual(identity);
  expect((await get("/api/registry/models", secret)).status).toBe(200);
  expect((await ask("/whoami", secret.replace(/.$/, "x"))).status).toBe(401);
});

test("with one idempotency key one key is made, also when it is asked for twice at once, and its secret is shown once", async () => {
  const once = { ...ADA, idempotencyKey: "a form" };
  const answers = await Promise.all([send(KEYS, once), send(KEYS, once)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  const made = answers.find(({ status }) => status === 201) as Response;
  const { key } = CreatedKey.parse(await made.json());
  expect(await refusal(await send(KEYS, once))).toEqual({
    status: 409,
    message: `making a key: it was made already, as ${key.id}, and its secret is shown once; where nobody has it, revoke that key and make another`,
  });
  expect(KeyList.parse(await (await get(KEYS)).json()).keys.map(({ id }) => id)).toEqual([key.id]);
  const { entries } = AuditPage.parse(await (await get("/api/registry/audit")).json());
  expect(entries.map(({ action }) => action)).toEqual(["key.created"]);
  // Of another project it is another key.
  expect((await send(KEYS, { ...once, project: "acme" })).status).toBe(201);
});

test("of a key only the hash is kept, and the secret is in no list", async () => {
  const { key, secret } = await create();
  const list = await (await get(KEYS)).text();
  expect(KeyList.parse(JSON.parse(list)).keys).toEqual([{ ...key, lastUsedAt: null }]);
  expect(list).not.toContain(secret);
  expect(list).not.toContain(await hashApiKey(secret));
  const everything = await database.drizzle.execute(
    sql`select row_to_json(api_key)::text as row from registry.api_key`,
  );
  expect(JSON.stringify(everything)).toContain(await hashApiKey(secret));
  expect(JSON.stringify(everything)).not.toContain(secret.slice(4));
  expect(JSON.stringify(host.logged)).not.toContain(secret);
});

test("a route refuses a role that is too low, a scope that is missing, and whoever is no admin where it states nothing", async () => {
  const { secret } = await create();
  expect(await refusal(await ask("/promote", secret, "POST"))).toEqual({
    status: 403,
    message: "POST /promote: found role operator with scopes read, deploy, wanted role approver with scope deploy",
  });
  const { secret: other } = await create({ name: "grace", role: "admin", scopes: ["complete"] });
  expect(await refusal(await ask("/whoami", other))).toEqual({
    status: 403,
    message: "GET /whoami: found role admin with scopes complete, wanted role viewer with scope read",
  });
  expect((await ask("/unstated", secret)).status).toBe(403);
  expect((await ask("/unstated", host.apiKey)).status).toBe(200);
  expect((await ask("/nowhere", secret)).status).toBe(404);
});

test("a revoked key is refused within the stated time, and one that has expired", async () => {
  const { key, secret } = await create();
  expect((await ask("/whoami", secret)).status).toBe(200);
  const revoked = KeyView.parse(await (await send(`${KEYS}/${key.id}/revoke`, {})).json());
  expect(revoked.revokedAt).toBe(new Date(nowMs).toISOString());
  nowMs += KEY_MEMORY_MS;
  expect((await ask("/whoami", secret)).status).toBe(401);
  expect(KeyView.parse(await (await send(`${KEYS}/${key.id}/revoke`, {})).json())).toEqual(revoked);

  const soon = await create({ name: "grace", expiresAt: new Date(nowMs + 60_000).toISOString() });
  expect((await ask("/whoami", soon.secret)).status).toBe(200);
  nowMs += 60_000;
  expect((await ask("/whoami", soon.secret)).status).toBe(401);
});

test("the registry is asked once for requests that come close together, and notes when a key was used", async () => {
  const { secret } = await create();
  await Promise.all(Array.from({ length: 20 }, () => ask("/whoami", secret)));
  const verified = host.ports.metrics
    .text(undefined)
    .split("\n")
    .find((line) => line.includes("keys/verify") && line.includes("_total"));
  expect(verified).toMatch(/ 1$/);
  expect(KeyList.parse(await (await get(KEYS)).json()).keys[0]?.lastUsedAt).toBe(new Date(nowMs).toISOString());
});

test("only services verify keys", async () => {
  const { key } = await create();
  const asked = await send(`${KEYS}/verify`, { id: key.id });
  expect(await refusal(asked)).toMatchObject({
    status: 403,
    message: expect.stringMatching(/found admin, wanted a service/),
  });
  const body = JSON.stringify({ hash: "0".repeat(64) });
  const answer = await host.ports.peers.fetch(
    "registry",
    new Request(`http://r${KEYS}/verify`, { method: "POST", body }),
  );
  expect(VerifiedKey.parse(await answer.json())).toEqual({ holder: null });
});

test.each([
  [{ name: "local" }, /name: expected none of local, admin/],
  [{ name: "registry" }, /name: expected none of/],
  [{ name: "<b>" }, /name: expected 1 to 80 letters/],
  [{ scopes: [] }, /scopes/],
  [{ role: "owner" }, /role/],
  [{ expiresAt: "2026-04-30T12:00:00.000Z" }, /expiresAt: expected a time to come, found 2026-04-30/],
  [{ project: "../acme" }, /project/],
])("no key is made of %j", async (wanted, why) => {
  expect(await refusal(await send(KEYS, { ...ADA, ...wanted }))).toEqual({
    status: 400,
    message: expect.stringMatching(why),
  });
  expect(KeyList.parse(await (await get(KEYS)).json()).keys).toEqual([]);
});

test("an admin makes keys of the own project and scopes alone; the installation's key makes those of any", async () => {
  const acme = await create({ name: "hopper", role: "admin", scopes: ["admin", "read"], project: "acme" });
  expect(acme.key.project).toBe("acme");
  const own = await create({ name: "noether", scopes: ["read"] }, acme.secret);
  expect(own.key).toMatchObject({ project: "acme", createdBy: "hopper" });
  expect(await refusal(await send(KEYS, { ...ADA, project: "default" }, acme.secret))).toMatchObject({ status: 403 });
  expect(await refusal(await send(KEYS, ADA, acme.secret))).toEqual({
    status: 403,
    message: "scopes: found deploy, wanted at most those of your own key: admin, read",
  });
  const mine = await create();
  expect((await send(`${KEYS}/${mine.key.id}/revoke`, {}, acme.secret)).status).toBe(404);
  expect((await send(`${KEYS}/${crypto.randomUUID()}/revoke`, {}, acme.secret)).status).toBe(404);
  expect(KeyList.parse(await (await get(KEYS, acme.secret)).json()).keys.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["hopper", "noether"]),
  );
  expect(await (await get(KEYS, acme.secret)).text()).not.toContain(mine.key.id);
  expect((await get(`${KEYS}?project=default`, acme.secret)).status).toBe(403);
  expect((await get(KEYS, mine.secret)).status).toBe(403);
});

test("a key that ends makes none that outlives it", async () => {
  const end = new Date(nowMs + 60_000).toISOString();
  const { secret } = await create({ name: "hopper", role: "admin", scopes: ["admin", "read"], expiresAt: end });
  const attempt = (expiresAt: string | null) => send(KEYS, { ...ADA, scopes: ["read"], expiresAt }, secret);
  const later = new Date(nowMs + 60_001).toISOString();
  for (const [expiresAt, found] of [
    [null, "no end"],
    [later, later],
  ] as const) {
    expect(await refusal(await attempt(expiresAt))).toEqual({
      status: 403,
      message: `expiresAt: a key cannot outlive the key that makes it: found ${found}, wanted ${end} at most`,
    });
  }
  expect(KeyList.parse(await (await get(KEYS)).json()).keys.map(({ name }) => name)).toEqual(["hopper"]);
  expect((await attempt(end)).status).toBe(201);
  const lasting = await create({ name: "noether", role: "admin", scopes: ["admin", "read"] });
  expect((await create({ scopes: ["read"] }, lasting.secret)).key.expiresAt).toBeNull();
});

async function verification(secret?: string): Promise<AuditVerification> {
  return AuditVerification.parse(await (await get("/api/registry/audit/verify", secret)).json());
}
async function audit(query = ""): Promise<AuditPage> {
  return AuditPage.parse(await (await get(`/api/registry/audit${query}`)).json());
}

test("the audit log tells who made and revoked which key, in pages and by filter, of one project alone", async () => {
  const { key } = await create();
  await create({ name: "grace" });
  await send(`${KEYS}/${key.id}/revoke`, {});
  const elsewhere = await create({ name: "hopper", role: "admin", scopes: ["admin"], project: "acme" });
  const { entries, next } = await audit();
  expect(entries.map(({ seq, action }) => [seq, action])).toEqual([
    [3, "key.revoked"],
    [2, "key.created"],
    [1, "key.created"],
  ]);
  expect(next).toBeNull();
  expect(entries[0]).toMatchObject({ actor: "admin", target: `key ${key.id}`, detail: { name: "ada" } });
  expect((await audit("?limit=2")).next).toBe(2);
  expect((await audit("?limit=2&before=2")).entries.map(({ seq }) => seq)).toEqual([1]);
  expect((await audit("?action=key.revoked")).entries.map(({ seq }) => seq)).toEqual([3]);
  expect((await get("/api/registry/audit?limit=0")).status).toBe(400);
  const theirs = AuditPage.parse(await (await get("/api/registry/audit", elsewhere.secret)).json());
  expect(theirs.entries.map(({ detail }) => detail["name"])).toEqual(["hopper"]);
});

test("an act that fails leaves no entry, and one that is done gets one", async () => {
  await send(`${KEYS}/${crypto.randomUUID()}/revoke`, {});
  expect(await verification()).toMatchObject({ entries: 0, problem: null });
  await Promise.all(Array.from({ length: 8 }, (_, index) => create({ name: `ada ${index}` })));
  expect(await verification()).toMatchObject({ entries: 8, problem: null });
});

test("the database refuses to change or delete entries", async () => {
  await create();
  for (const attempt of [
    sql`update registry.audit set actor = 'nobody'`,
    sql`delete from registry.audit`,
    sql`truncate registry.audit`,
  ]) {
    const refused = await database.drizzle.execute(attempt).then(
      () => "done",
      (error: Error) => String(error.cause),
    );
    expect(refused).toMatch(/append-only/);
  }
});

test.each([
  ["a changed entry", 2, /content/, "update registry.audit set actor = 'nobody' where seq = 2"],
  [
    "a changed detail",
    2,
    /content/,
    "update registry.audit set detail = replace(detail, 'operator', 'viewer') where seq = 2",
  ],
  ["a deleted entry", 2, /found entry 3, wanted entry 2/, "delete from registry.audit where seq = 2"],
  ["a first entry that is gone", 1, /found entry 2, wanted entry 1/, "delete from registry.audit where seq = 1"],
  ["an end that is cut off", 4, /end after entry 3, wanted entry 4/, "delete from registry.audit where seq = 4"],
  [
    "entries that have changed places",
    2,
    /does not follow/,
    "update registry.audit set seq = 30 where seq = 3; update registry.audit set seq = 3 where seq = 2; update registry.audit set seq = 2 where seq = 30",
  ],
  [
    "an entry written anew with a hash of its own",
    2,
    /content/,
    "update registry.audit set actor = 'nobody', hash = repeat('a', 64) where seq = 2",
  ],
])("verify finds %s", async (_what, seq, message, tampering) => {
  for (const name of ["one", "two", "three", "four"]) await create({ name });
  expect(await verification()).toMatchObject({ entries: 4, problem: null });
  // Whoever owns the tables can do this.
  await database.drizzle.execute(sql`alter table registry.audit disable trigger all`);
  for (const statement of tampering.split(";")) await database.drizzle.execute(sql.raw(statement));
  expect((await verification()).problem).toEqual({ seq, message: expect.stringMatching(message) });
});

const LIMITS = { bytes: 1_000_000, concurrentRuns: 2, tokensPerMinute: 500 };
const limit = (project: string, limits: object, secret?: string): Promise<Response> =>
  send(`/api/registry/projects/${project}`, limits, secret, "PUT");

test("the installation's key makes projects and limits them; an admin sees the own project and raises nothing", async () => {
  const { secret } = await create({ name: "hopper", role: "admin", scopes: ["admin", "read"], project: "acme" });
  const unlimited = { bytes: null, concurrentRuns: null, tokensPerMinute: null };
  expect(await (await get("/api/registry/projects")).json()).toEqual({
    projects: [
      { name: "acme", limits: unlimited },
      { name: "default", limits: unlimited },
    ],
  });
  expect(await (await limit("acme", LIMITS)).json()).toEqual({ name: "acme", limits: LIMITS });
  expect((await limit("other", { ...LIMITS, bytes: null })).status).toBe(200);
  expect(await (await get("/api/registry/projects", secret)).json()).toEqual({
    projects: [{ name: "acme", limits: LIMITS }],
  });
  expect(await refusal(await limit("acme", unlimited, secret))).toMatchObject({ status: 403 });
  expect((await get("/api/registry/projects/acme", secret)).status).toBe(200);
  expect((await get("/api/registry/projects/other", secret)).status).toBe(403);
  expect((await get("/api/registry/projects/nowhere", secret)).status).toBe(403);
  expect((await limit("acme", { ...LIMITS, bytes: 0 })).status).toBe(400);
  expect((await limit("Acme!", LIMITS)).status).toBe(400);
  const { entries } = AuditPage.parse(
    await (await get("/api/registry/audit?action=limits.changed&project=acme")).json(),
  );
  expect(entries).toMatchObject([
    { actor: "admin", target: "project acme", detail: { before: unlimited, after: LIMITS } },
  ]);
});

test("of limits that two set at once neither is lost, and the log tells each as it was", async () => {
  await limit("both", LIMITS);
  await Promise.all([limit("both", { bytes: 1 }), limit("both", { concurrentRuns: 9 })]);
  const both = { bytes: 1, concurrentRuns: 9, tokensPerMinute: LIMITS.tokensPerMinute };
  expect(await (await get("/api/registry/projects/both")).json()).toEqual({ name: "both", limits: both });
  const path = "/api/registry/audit?action=limits.changed&project=both";
  const { entries } = AuditPage.parse(await (await get(path)).json());
  const [last, before] = entries.map(({ detail }) => detail as { before: object; after: object });
  expect(last?.after).toEqual(both);
  expect(last?.before).toEqual(before?.after);
});

test("services learn of a project's limits from the registry, and of a change within moments", async () => {
  await limit("acme", LIMITS);
  const limitsOf = registryLimits(host.ports.peers, () => nowMs);
  expect(await limitsOf("acme")).toEqual(LIMITS);
  expect((await limitsOf("default")).tokensPerMinute).toBeNull();
  await limit("acme", { ...LIMITS, tokensPerMinute: 7 });
  nowMs += KEY_MEMORY_MS;
  expect((await limitsOf("acme")).tokensPerMinute).toBe(7);
});
