import { expect, test } from "vitest";
import { anyOf, apiKeys, hashApiKey, newApiKey, serviceToken, serviceTokens } from "./access.ts";

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
