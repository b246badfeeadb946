import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inputLines } from "./input_lines.ts";

let file = "";
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "millrace-lines-")), "lines");
});
afterAll(() => rm(join(file, ".."), { recursive: true }));

async function linesOf(content: string, maxLineBytes: number): Promise<(string | undefined)[]> {
  await writeFile(file, content);
  const lines: (string | undefined)[] = [];
  for await (const line of inputLines([file], maxLineBytes)) {
    lines.push("bytes" in line ? new TextDecoder().decode(line.bytes) : undefined);
  }
  return lines;
}

test("inputLines() gives what stands between line feeds, for any text", async () => {
  const content = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\u2028", "é"), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(content, async (text) => {
      const wanted = text.split("\n");
      if (wanted.at(-1) === "") wanted.pop();
      expect(await linesOf(text, 1000)).toEqual(wanted);
    }),
  );
});

test("inputLines() keeps lines over many chunks, leaves out those above the limit, and goes on", async () => {
  const fits = "x".repeat(200_000);
  expect(await linesOf(`${fits}\n${fits}y\nlast\n${fits}yy`, fits.length)).toEqual([
    fits,
    undefined,
    "last",
    undefined,
  ]);
});

test("inputLines() counts lines from 1 for each file, and names one that cannot be read", async () => {
  await writeFile(file, "a\n\nb");
  const places: string[] = [];
  for await (const { position } of inputLines([file, join(file, ".."), file])) places.push(position);
  const once = [1, 2, 3].map((line) => `${file}:${line}`);
  expect(places).toEqual([...once, join(file, ".."), ...once]);
});
