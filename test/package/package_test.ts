/** The package as somebody gets it: made, installed in an empty folder with the host's own Node and npm, used. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { madeOf, millraceFromSource, readSummary, ROOT } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;
const { version } = JSON.parse(readFileSync(join(ROOT, "apps/cli/package.json"), "utf8")) as { version: string };

/** Without this repository's own programs, and without what npm tells a script that it runs. */
const HOST = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_"))),
  PATH: (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
  // Makes its install script fail, as it does where what it downloads is out of reach: npm then leaves the package out.
  ONNXRUNTIME_NODE_INSTALL: "none",
};

/** Small enough to be trained twice. */
const RECIPE = `name: packed
sources: [{ path: docs }]
tokenizer: { vocabularySize: 400 }
model: { layers: 1, heads: 2, width: 16, contextLength: 32 }
train: { steps: 20, leaves: 4, leafBatch: 2, validateEvery: 20, checkpointEvery: 20 }
deploy: { slots: 2 }
`;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd: string): Ended {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env: HOST, encoding: "utf8" });
  if (error) throw new Error(`running ${command}: ${error.message}`, { cause: error });
  return { status, stdout, stderr };
}

const asked = run("npm", ["view", `millrace-no-such-package@${version}`, "version"], tmpdir());
const skip = asked.stderr.includes("E404") ? undefined : "npm's registry does not answer";
if (skip !== undefined) console.warn(`skipped: tests of the installed package: ${skip}`);

describe.skipIf(skip !== undefined)("the package", () => {
  let folder: string;
  const packed = (...args: readonly string[]): Ended => run(join(folder, "node_modules/.bin/millrace"), args, folder);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
    const made = spawnSync(process.execPath, [join(ROOT, "infra/package/main.ts"), folder], { encoding: "utf8" });
    expect(made.stderr).toBe("");
    const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const installed = run("npm", ["install", ...flags, `./millrace-${version}.tgz`], folder);
    expect(installed).toMatchObject({ status: 0 });
    mkdirSync(join(folder, "docs"));
    cpSync(join(ROOT, "test/recipes/tiny"), join(folder, "docs"), { recursive: true });
    writeFileSync(join(folder, "recipe.yaml"), RECIPE);
  }, 5 * MINUTES);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test(
    "brings ONNX Runtime where npm has left it out, once, and tells its version and commands",
    () => {
      const first = run("npx", ["--no-install", "millrace", "--version"], folder);
      expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining("Installing onnxruntime-node@") });
      expect(packed("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
      const { status, stdout } = packed("--help");
      expect(status).toBe(0);
      for (const name of ["run", "search", "trace", "up"]) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    },
    2 * MINUTES,
  );

  test(
    "makes the same model as the code that is not packed, finds documents, and traces them",
    async () => {
      const args = ["run", "recipe.yaml", "--once", "--json"];
      const { status, stderr } = packed(...args, "--summary", "packed.json");
      expect({ status, stderr }).toMatchObject({ status: 0 });
      await newDataFolder(join(folder, "plain"));
      const plain = millraceFromSource([...args, "--data-dir", "plain", "--summary", "plain.json"], folder);
      expect(await plain.ended()).toBe(0);
      const summary = await readSummary(join(folder, "packed.json"));
      expect(summary.artifacts?.checkpoint).toMatch(/^[0-9a-f]{64}$/);
      expect(madeOf(summary)).toEqual(madeOf(await readSummary(join(folder, "plain.json"))));

      const found = packed("search", "sluice", "gate");
      expect(found).toMatchObject({ status: 0, stdout: expect.stringContaining("letters.txt") });
      const traced = packed("trace", "packed@1");
      expect(traced).toMatchObject({ status: 0, stdout: expect.stringContaining(summary.artifacts?.checkpoint ?? "") });
    },
    3 * MINUTES,
  );
});
