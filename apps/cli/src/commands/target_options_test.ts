import { expect, test } from "vitest";
import { sameTarget } from "./target_options.ts";

test("sameTarget() gives words that a shell reads as they were meant", () => {
  expect(sameTarget({ dataDir: ".millrace" }, ".millrace")).toBe("");
  expect(sameTarget({ dataDir: "/data/the mill's" }, ".millrace")).toBe(" --data-dir '/data/the mill'\\''s'");
  const remote = { dataDir: ".millrace", address: "https://mill.example.org", apiKeyFile: "my key" };
  expect(sameTarget(remote, ".millrace")).toBe(" --address https://mill.example.org --api-key-file 'my key'");
});
