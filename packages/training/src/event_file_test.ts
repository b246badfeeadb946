import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventFileHeader, eventRecord } from "./event_file.ts";

test("eventFileHeader() and eventRecord() write the bytes that TensorBoard 2.21.0 writes", async () => {
  const golden = await readFile(new URL("testdata/event_golden.hex", import.meta.url), "utf8");
  const values = { "loss/train": 5.25, learning_rate: 0.001, "exchange_ms/node-0": 0, gradient_norm: Infinity };
  const file = Buffer.concat([
    eventFileHeader(1_764_201_600_250),
    eventRecord(1_764_201_600_500, { restartAt: 21 }),
    eventRecord(1_764_201_601_125, { step: 300_000, values }),
  ]);
  expect(file.toString("hex")).toBe(golden.trim());
});
