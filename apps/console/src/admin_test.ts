import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsoleKit, openConsoleKit } from "./testing/console_kit.ts";

const KEY = "00000000-0000-4000-8000-000000000001";

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());

function post(path: string, fields: readonly (readonly [string, string])[]): Promise<Response> {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value]));
  const headers = { cookie: kit.cookie, origin: kit.url };
  return fetch(kit.url + path, { method: "POST", headers, body, redirect: "manual" });
}

test("Admin shows keys, limits, the verified log and the services; with nothing yet, and when the registry is away", async () => {
  kit.show("serving");
  const full = await (await kit.get("/admin")).text();
  for (const words of [
    "2 keys in use, every service is ready",
    "without end",
    "expired",
    "Verified: 4 entries",
    "20000",
  ]) {
    expect(full).toContain(words);
  }
  kit.show("canary");
  expect(await (await kit.get("/admin")).text()).toContain("Entry 2: its content is not what was hashed");
  kit.show("empty");
  const empty = await (await kit.get("/admin")).text();
  expect(empty).toContain("No keys yet");
  expect(empty).toContain("Nothing was done yet");
  kit.show("down");
  const away = await kit.get("/admin");
  expect(away.status).toBe(200);
  expect((await away.text()).match(/the database does not answer/g)).toHaveLength(3);
});

test("a key is made with what the form says, and its secret is on that one page, which is not kept", async () => {
  kit.show("serving");
  const [, formKey = ""] = /name="key" value="([^"]+)"/.exec(await (await kit.get("/admin")).text()) ?? [];
  const fields = [
    ["key", formKey],
    ["name", "handbook app"],
    ["role", "viewer"],
    ["scopes", "read"],
    ["scopes", "complete"],
    ["days", ""],
  ] as const;
  const made = await post("/admin/keys", fields);
  expect(made.headers.get("cache-control")).toBe("no-store");
  expect(await made.text()).toContain("mlr_0123456789abcdef");
  expect(kit.posted("/api/registry/keys")).toEqual([
    { name: "handbook app", role: "viewer", scopes: ["read", "complete"], expiresAt: null, idempotencyKey: UUID },
  ]);
  expect(await (await kit.get("/admin")).text()).not.toContain("mlr_");
  expect((await post("/admin/keys", [["name", "handbook app"]])).status).toBe(400);
  expect(kit.posted("/api/registry/keys")).toHaveLength(1);
  // Loaded again, the same is asked for; with another name, or from another form, another.
  await post("/admin/keys", fields);
  await post("/admin/keys", [...fields.filter(([name]) => name !== "name"), ["name", "handbook app 2"]]);
  await post("/admin/keys", [...fields.filter(([name]) => name !== "key"), ["key", crypto.randomUUID()]]);
  const asked = kit.posted("/api/registry/keys") as { idempotencyKey: string }[];
  const [first, again, ...others] = asked.map(({ idempotencyKey }) => idempotencyKey);
  expect(again).toBe(first);
  expect(new Set([first, ...others]).size).toBe(3);
});

test("a key is revoked when its holder's name is typed, and not before", async () => {
  kit.show("serving");
  const path = `/api/registry/keys/${KEY}/revoke`;
  expect(await (await kit.get(`/admin/keys/${KEY}/revoke`)).text()).toContain("within three seconds");
  const wrong = await post(`/admin/keys/${KEY}/revoke`, [["name", "grace"]]);
  expect(wrong.status).toBe(422);
  expect(kit.posted(path)).toEqual([]);
  const right = await post(`/admin/keys/${KEY}/revoke`, [["name", "handbook app"]]);
  expect([right.status, right.headers.get("location")]).toEqual([303, "/admin"]);
  expect(kit.posted(path)).toEqual([{}]);
  expect((await kit.get("/admin/keys/nobody/revoke")).status).toBe(404);
});

test("limits are set as numbers, and an empty field is no limit", async () => {
  kit.show("serving");
  const fields = [
    ["name", "acme"],
    ["bytes", "5000"],
    ["concurrentRuns", ""],
    ["tokensPerMinute", "70"],
  ] as const;
  expect((await post("/admin/projects", fields)).status).toBe(303);
  const set = { bytes: 5000, concurrentRuns: null, tokensPerMinute: 70 };
  expect(kit.posted("/api/registry/projects/acme")).toEqual([set]);
  // Of what is on the page, only what was changed there is sent.
  const untouched = [
    ...fields,
    ["was-bytes", "5000"],
    ["was-tokensPerMinute", "7"],
    ["was-concurrentRuns", ""],
  ] as const;
  expect((await post("/admin/projects", untouched)).status).toBe(303);
  expect(kit.posted("/api/registry/projects/acme")).toEqual([set, { tokensPerMinute: 70 }]);
  expect((await post("/admin/projects", [["name", "../acme"]])).status).toBe(400);
  for (const wrong of ["many", " ", "-1", "1.5"]) {
    const refused = await post("/admin/projects", [
      ["name", "acme"],
      ["bytes", wrong],
      ["was-bytes", "5000"],
    ]);
    expect(refused.status, wrong).toBe(400);
  }
  expect(kit.posted("/api/registry/projects/acme")).toHaveLength(2);
});

test("a version that waits for a second person is approved by a press, and the registry says whether that may be", async () => {
  kit.show("serving");
  const approved = await post("/approvals/handbook/4", []);
  expect([approved.status, approved.headers.get("location")]).toEqual([303, "/deployments?model=handbook"]);
  const decision = { version: 4, decision: "approved", comment: "" };
  expect(kit.posted("/api/registry/models/handbook/approvals")).toEqual([decision]);
  kit.show("down");
  expect((await post("/approvals/handbook/4", [])).status).toBe(502);
});
