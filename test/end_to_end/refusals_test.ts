/** What is refused at once: with words, exit code 2, and without a trace. */
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { millrace, TINY } from "../kit/millrace.ts";

const MINUTE = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-refused-"));
  await writeFile(join(folder, "file"), "");
  await mkdir(join(folder, "empty"));
  await mkdir(join(folder, "one"));
  await writeFile(join(folder, "one/only.txt"), "The mill race leads the water to the wheel.\n");
});
afterAll(() => rm(folder, { recursive: true }));

async function refused(args: readonly string[]): Promise<string> {
  const running = millrace(args, folder);
  expect(await running.ended(), running.errors()).toBe(2);
  return running.errors();
}

const HUGE = ["model.width=16384", "model.heads=16", "model.layers=96"].flatMap((setting) => ["--set", setting]);

test.each([
  ["a policy file that is not there", ["run", TINY, "--set", "corpus.policy=no.yaml"], "corpus.policy "],
  ["more nodes than leaves", ["run", TINY, "--set", "train.nodes=9"], "9 nodes for 4 leaves"],
  ["a model larger than the memory", ["run", TINY, ...HUGE], "this machine has "],
  ["a single document", ["run", "one"], "found one document (only.txt)"],
  [
    "a context longer than the text",
    ["run", "one", "--set", "model.contextLength=8192"],
    "model.contextLength: found 8,192",
  ],
  [
    "a vocabulary larger than the text",
    ["run", "one", "--set", "tokenizer.vocabularySize=512"],
    "tokenizer.vocabularySize: found 512 tokens for 44 bytes",
  ],
  ["a folder without documents", ["run", "empty"], "found no file to read in "],
  ["a number too large to be one", ["run", TINY, "--set", "train.clip=1e999"], 'found "1e999"'],
  ["to go on with a run where none is", ["run", "--resume"], "there is no data folder"],
  ["to repeat a run where none is", ["run", "--again", "run-1"], "there is no data folder"],
  ["a summary into nowhere", ["run", TINY, "--summary", "no/summary.json"], "make it first"],
])(
  "millrace run refuses %s, and makes no data folder",
  async (_, args, message) => {
    const dataDir = join(folder, "data");
    expect(await refused([...args, "--data-dir", dataDir])).toContain(message);
    await expect(access(dataDir)).rejects.toThrow("ENOENT");
  },
  MINUTE,
);

test.each([
  ["run", [TINY]],
  ["status", []],
  ["search", ["mill"]],
  ["up", []],
])(
  "millrace %s refuses a data folder that is a file",
  async (command, args) => {
    expect(await refused([command, ...args, "--data-dir", "file"])).toContain(
      "expected it to be a folder, found a file",
    );
  },
  MINUTE,
);

test(
  "millrace run and up refuse a port that another process has, and make no data folder",
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const dataDir = join(folder, "data");
    for (const args of [["run", TINY], ["up"]]) {
      const said = await refused([...args, "--port", String(port), "--data-dir", dataDir]);
      expect(said).toContain(`--port ${port}: another process listens there; take another port`);
    }
    await expect(access(dataDir)).rejects.toThrow("ENOENT");
    await new Promise((resolve) => server.close(resolve));
  },
  MINUTE,
);

test(
  "millrace tokenizer train refuses an output into nowhere before it reads",
  async () => {
    const args = ["tokenizer", "train", "--vocab-size", "300", "--output", "no/tokenizer.json", "never-read.txt"];
    expect(await refused(args)).toMatch(
      /^millrace tokenizer train: --output no\/tokenizer\.json: there is no folder .*\n$/,
    );
  },
  MINUTE,
);

test(
  "millrace run --dry-run tells the files that it would skip",
  async () => {
    await mkdir(join(folder, "mixed"));
    for (const name of ["a.txt", "report.pdf", "LICENSE"]) await writeFile(join(folder, "mixed", name), name);
    const planned = millrace(["run", "mixed", "--dry-run", "--json"], folder);
    await planned.ended();
    expect(planned.messages[0]).toMatchObject({
      sources: { files: 1, skipped: { types: { ".pdf": 1, none: 1 }, links: 0, special: 0 } },
    });
    const told = millrace(["run", "mixed", "--dry-run"], folder);
    await told.ended();
    // The answer is first, and what it follows from is said once.
    const lines = told.text().trim().split("\n");
    expect(lines[0]).toMatch(/^Expected/);
    expect(lines.filter((line) => /^ *memory: /.test(line))).toHaveLength(1);
    expect(told.text()).toContain("  skipped: 2 files of types that are not read (1 .pdf, 1 without an ending)\n");
  },
  MINUTE,
);

test(
  "millrace run --dry-run shows the plan with what speaks against it",
  async () => {
    const running = millrace(["run", TINY, "--dry-run", "--json", ...HUGE]);
    expect(await running.ended()).toBe(2);
    expect(running.messages).toEqual([
      expect.objectContaining({ kind: "plan", refusals: [expect.stringContaining("this machine has")] }),
    ]);
  },
  MINUTE,
);
