import { expect, test } from "vitest";
import { createSessions } from "./sessions.ts";

const HOUR_MS = 60 * 60 * 1000;

test("sessions of two installations on one machine stand beside each other in a browser", async () => {
  const both = ["one", "other"].map((secret) => createSessions(secret, () => HOUR_MS, { ownKeyHash: "0".repeat(64) }));
  const who = { name: "local", project: "default", role: "admin", ofInstallation: true } as const;
  const cookies = await Promise.all(both.map((sessions) => sessions.start(who, false)));
  const pairs = cookies.map((cookie) => cookie.split(";")[0] ?? "");
  expect(new Set(pairs.map((pair) => pair.split("=")[0])).size).toBe(2);
  const request = new Request("http://127.0.0.1:4100/", { headers: { cookie: pairs.join("; ") } });
  for (const sessions of both) expect(await sessions.authenticate(request)).toMatchObject({ name: "local" });
});
