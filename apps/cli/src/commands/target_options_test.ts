import { expect, test } from "vitest";
import { requireDataFolder, sameTarget } from "./target_options.ts";

test("sameTarget() gives words that a shell reads as they were meant", () => {
  expect(sameTarget({ dataDir: ".millrace" }, ".millrace")).toBe("");
  expect(sameTarget({ dataDir: "/data/the mill's" }, ".millrace")).toBe(" --data-dir '/data/the mill'\\''s'");
  const remote = { dataDir: ".millrace", address: "https://mill.example.org", apiKeyFile: "my key" };
  expect(sameTarget(remote, ".millrace")).toBe(" --address https://mill.example.org --api-key-file 'my key'");
});

test("requireDataFolder() says why a folder that cannot be written to cannot be looked into", async () => {
  const closed = process.platform === "linux" ? "/sys/kernel" : "/System";
  await expect(requireDataFolder(closed)).rejects.toThrow(/cannot be written to \(E.*\); its database is opened/);
});
