import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipSize, xzPrimedSize } from "./compression.ts";

const encoder = new TextEncoder();

/** Text that no compressor can shorten by itself: base-36 digits of a linear congruential generator. */
function noise(seed: number, length: number): Uint8Array {
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += (state >>> 10).toString(36);
  }
  return encoder.encode(text.slice(0, length));
}

test("gzipSize() is the sum over documents, each alone", async () => {
  const documents = [noise(1, 500), noise(1, 500)];
  const alone = gzipSync(noise(1, 500), { level: 9 });
  expect(gunzipSync(alone)).toEqual(Buffer.from(noise(1, 500)));
  expect(await gzipSize(documents)).toBe(2 * alone.length);
});

test("xzPrimedSize() is small for what the training text holds, and not for what it does not", async () => {
  const training = noise(1, 100_000);
  const seen = await xzPrimedSize(training, [training.slice(40_000, 60_000)]);
  const unseen = await xzPrimedSize(training, [noise(2, 20_000)]);
  expect(seen).toBeLessThan(200);
  expect(unseen).toBeGreaterThan(10_000);
});

test("xzPrimedSize() finds what stands at the very beginning of eleven megabytes of training text", async () => {
  const document = noise(5, 50_000);
  const training = new Uint8Array(11_000_000);
  training.set(document);
  expect(await xzPrimedSize(training, [document])).toBeLessThan(500);
});

test("xzPrimedSize() measures groups of 4 MiB by themselves", async () => {
  const training = noise(1, 10_000);
  const document = new Uint8Array(4 * 1024 * 1024);
  const one = await xzPrimedSize(training, [document]);
  expect(await xzPrimedSize(training, [document, document])).toBe(2 * one);
});

test("xzPrimedSize() of a training text above its window works in bounded memory and counts the end", async () => {
  const end = noise(3, 50_000);
  const training = new Uint8Array(20 * 1024 * 1024);
  training.set(end, training.length - end.length);
  expect(await xzPrimedSize(training, [end])).toBeLessThan(500);
});

test("xzPrimedSize() refuses a document above 4 MiB", async () => {
  await expect(xzPrimedSize(new Uint8Array(), [new Uint8Array(4 * 1024 * 1024 + 1)])).rejects.toThrow(RangeError);
});

test("xzPrimedSize() stops when its signal is aborted", async () => {
  const controller = new AbortController();
  const size = xzPrimedSize(noise(1, 4_000_000), [noise(2, 1000)], controller.signal);
  controller.abort(new Error("enough"));
  await expect(size).rejects.toThrow("enough");
});
