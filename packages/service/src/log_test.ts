import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function logTo(lines: unknown[], level?: "debug" | "warn") {
  const sink = (line: string): unknown => lines.push(JSON.parse(line));
  return createLog({ service: "registry", sink, now: () => 0, ...(level === undefined ? {} : { level }) });
}

test("createLog() writes one JSON line with time, level, service, message and fields", () => {
  const lines: unknown[] = [];
  logTo(lines).with({ traceId: "t" }).info("started", { port: 80 });
  const time = "1970-01-01T00:00:00.000Z";
  expect(lines).toEqual([{ time, level: "info", service: "registry", msg: "started", traceId: "t", port: 80 }]);
});

test("createLog() hides text under secret names, at any depth, and keeps counts", () => {
  const lines: unknown[] = [];
  logTo(lines).info("m", {
    tokens: 7,
    apiKey: "k",
    nested: { password: "p", clusterSecret: "s" },
    headers: { Authorization: "b" },
  });
  expect(JSON.stringify(lines)).not.toMatch(/"(k|p|s|b)"/);
  expect(lines).toMatchObject([{ tokens: 7, apiKey: "[redacted]" }]);
});

test("createLog() keeps name, message and cause of an error, and drops lines below its level", () => {
  const lines: unknown[] = [];
  const log = logTo(lines, "warn");
  log.info("quiet");
  log.error("loud", { error: new RangeError("far", { cause: new Error("root") }) });
  expect(lines).toMatchObject([{ error: { name: "RangeError", message: "far", cause: { message: "root" } } }]);
});
