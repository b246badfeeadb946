import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, runFilter, startFilter } from "../testing/run_filter.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-filters-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a filter", () => {
  test("answers a record before the input ends", async () => {
    const child = startFilter(["repair"]);
    const lines = createInterface({ input: child.stdout });
    child.stdin.write('"first"\n');
    expect(await once(lines, "line")).toEqual(['"first"']);
    child.stdin.end('"second"');
    expect(await once(lines, "line")).toEqual(['"second"']);
    expect(await once(child, "close")).toEqual([0, null]);
  });

  test("names each bad record by its place, goes on with the rest and ends with 1", async () => {
    const bad = Buffer.concat([
      Buffer.from('"one"\nnot JSON\n\n{"no":"string"}\n"'),
      Buffer.from([0xff]),
      Buffer.from('"\n"two"'),
    ]);
    const { code, records, errors } = await runFilter(["repair"], bad);
    expect(records).toEqual(["one", "two"]);
    expect(errors.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^millrace repair: stdin:2: .*not valid JSON/),
      expect.stringMatching(/^millrace repair: stdin:4: .*a JSON string/),
      "millrace repair: stdin:5: found bytes that are not UTF-8",
    ]);
    expect(code).toBe(1);
  });

  test("reads files in order, standard input among them, past one that is not there", async () => {
    const [first, last, missing] = ["first.jsonl", "last.jsonl", "missing.jsonl"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(first, '\ufeff"1"\r\n"2"');
    await writeFile(last, '"5\u2028"\n');
    const { code, records, errors } = await runFilter(
      ["repair", "--no-line-breaks", first, missing, "-", last],
      '"3"\n"4"\n',
    );
    expect(records).toEqual(["1", "2", "3", "4", "5\u2028"]);
    expect(errors).toMatch(/^millrace repair: .*missing\.jsonl: reading failed: ENOENT[^\n]*\n$/);
    expect(code).toBe(1);
  });

  test("ends in silence when the reader of its output leaves", async () => {
    const child = startFilter(["repair"]);
    child.stdin.on("error", () => undefined);
    const errors = text(child.stderr);
    child.stdin.write('"first"\n');
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.stdin.write('"second"\n'.repeat(1000));
    expect(await once(child, "close")).toEqual([0, null]);
    expect(await errors).toBe("");
  });

  test("ends in silence, as every command does, when nobody reads what it prints", async () => {
    const child = startFilter(["completion", "bash"]);
    child.stdout.destroy();
    const errors = text(child.stderr);
    expect(await once(child, "close")).toEqual([0, null]);
    expect(await errors).toBe("");
  });

  test("takes no more input than its reader takes output", async () => {
    const child = startFilter(["repair"]);
    child.stdin.on("error", () => undefined);
    const chunk = jsonLines("x".repeat(1000)).repeat(1000);
    const chunks = 16;
    for (let index = 0; index < chunks; index++) child.stdin.write(chunk);
    await once(child.stdout, "readable");
    // Nothing read yet: what is not in pipes and buffers must still wait on this side.
    expect(child.stdin.writableLength).toBeGreaterThan((chunks * chunk.length) / 2);
    child.stdin.end();
    let sizeBytes = 0;
    for await (const part of child.stdout) sizeBytes += (part as Uint8Array).length;
    expect(sizeBytes).toBe(chunks * chunk.length);
  });
});

test("createProgram() loads no service, and of our packages only the contracts and what addresses look like, for help", async () => {
  const hooks = `import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } });`;
  const child = startFilter(["--help"], ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`]);
  const [help, loaded] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(help).toContain("detect-language");
  expect(loaded).toContain("/cli/src/program.ts");
  expect(
    loaded
      .split("\n")
      .filter((url) =>
        /\/packages\/(?!contracts\/|service\/src\/addresses\.ts)|\/embedded\/|\/client\.ts|\/apps\/(?!cli)/.test(url),
      ),
  ).toEqual([]);
});

test.each([
  "extract",
  "repair",
  "detect-language",
  "filter",
  "scrub",
  "dedup",
  "tokenizer train",
  "tokenizer encode",
  "tokenizer decode",
])("millrace %s --help shows an example of it", async (command) => {
  const child = startFilter([...command.split(" "), "--help"]);
  const [help, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(help.slice(help.indexOf("\nExample"))).toContain(`millrace ${command}`);
  expect(code).toBe(0);
});
