import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { requireDataFolder, sameTarget, withFolderOptions } from "./target_options.ts";

afterEach(() => vi.unstubAllEnvs());

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

test("withFolderOptions() does nothing to the default folder where the environment names an installation", async () => {
  const given: unknown[] = [];
  const ask = (...words: string[]): Promise<unknown> =>
    withFolderOptions(new Command("backup"))
      .action(({ dataDir }) => void given.push(dataDir))
      .parseAsync(words, { from: "user" });
  vi.stubEnv("MILLRACE_ADDRESS", "https://admin:hunter2@mill.example.org");
  await expect(ask()).rejects.toThrow(/^millrace backup: found MILLRACE_ADDRESS, [^@]*; name it with --data-dir$/);
  await ask("--data-dir", ".millrace");
  vi.stubEnv("MILLRACE_ADDRESS", undefined);
  await ask();
  expect(given).toEqual([".millrace", ".millrace"]);
});
