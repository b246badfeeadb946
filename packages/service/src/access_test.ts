import { expect, test } from "vitest";
import { actingFor, anyOf, apiKeys, hashApiKey, newApiKey, serviceToken, serviceTokens } from "./access.ts";

const requestWith = (authorization: string, project?: string) =>
  new Request("http://127.0.0.1/", {
    headers: { authorization, ...(project === undefined ? {} : { "millrace-project": project }) },
  });

test("apiKeys() finds the owner by the key's hash alone, and a key keeps to its owner's project", async () => {
  const key = newApiKey();
  const hash = await hashApiKey(key);
  expect(key).toMatch(/^mr_[0-9a-f]{64}$/);
  expect(newApiKey()).not.toBe(key);
  const owner = { name: "ada", project: "acme", role: "viewer" } as const;
  const authenticate = apiKeys(async (asked) => (asked === hash ? owner : undefined));
  expect(await authenticate(requestWith(`Bearer ${key}`, "other"))).toEqual(owner);
  expect(await authenticate(requestWith(`Bearer ${newApiKey()}`))).toBeUndefined();
  expect(await authenticate(requestWith(key))).toBeUndefined();
});

test("serviceTokens() accepts tokens of the same secret, service and a well-formed project only", async () => {
  const authenticate = anyOf(async () => undefined, serviceTokens("secret"));
  const token = await serviceToken("secret", "registry");
  expect(await authenticate(requestWith(`Bearer ${token}`))).toEqual({
    name: "registry",
    project: "default",
    role: "admin",
    isService: true,
  });
  expect(await authenticate(requestWith(`Bearer ${token}`, "acme"))).toMatchObject({ project: "acme" });
  expect(await authenticate(requestWith(`Bearer ${token}`, "../acme"))).toBeUndefined();
  expect(await authenticate(requestWith(`Bearer ${token.replace("registry", "trainer")}`))).toBeUndefined();
  expect(await authenticate(requestWith(`Bearer ${await serviceToken("other", "registry")}`))).toBeUndefined();
  expect(await authenticate(requestWith(`Bearer ${await serviceToken("secret", "nobody")}`))).toBeUndefined();
});

test("apiKeys() leaves keys of another kind to others", async () => {
  const owner = { name: "ada", project: "acme", role: "viewer" } as const;
  const authenticate = apiKeys(async () => owner, "mlr_");
  expect(await authenticate(requestWith(`Bearer ${newApiKey("mlr_")}`))).toEqual(owner);
  expect(await authenticate(requestWith(`Bearer ${newApiKey()}`))).toBeUndefined();
});

test("a service that acts for somebody is them, and nobody but a service can say so", async () => {
  const authenticate = anyOf(
    serviceTokens("secret"),
    apiKeys(async () => ({ ...ada, name: "mallory" })),
  );
  const ada = { name: "Ada Lövelace", project: "acme", role: "viewer", scopes: ["read"], keyId: "key-1" } as const;
  const headers = { ...actingFor(ada), authorization: `Bearer ${await serviceToken("secret", "console")}` };
  expect(await authenticate(new Request("http://127.0.0.1/", { headers }))).toEqual(ada);
  const forged = { ...headers, authorization: `Bearer ${newApiKey()}` };
  expect(await authenticate(new Request("http://127.0.0.1/", { headers: forged }))).toMatchObject({ name: "mallory" });
});
