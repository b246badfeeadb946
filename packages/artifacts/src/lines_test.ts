import { expect, test } from "vitest";
import { readLines } from "./lines.ts";

async function lines(...chunks: readonly Uint8Array[]): Promise<string[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return Array.fromAsync(readLines(stream));
}

test("readLines() splits across chunks, also inside a character", async () => {
  const bytes = new TextEncoder().encode("ä\nbö\n\nlast");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await lines(bytes.slice(0, cut), bytes.slice(cut))).toEqual(["ä", "bö", "", "last"]);
  }
});

test("readLines() gives nothing for nothing and refuses what is no UTF-8", async () => {
  expect(await lines()).toEqual([]);
  await expect(lines(Uint8Array.of(0xff))).rejects.toThrow(TypeError);
});
