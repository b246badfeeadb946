/** Computes leaves of a model that keeps much for its way back, and writes the most memory that this process held, in MiB. */
import { readFileSync } from "node:fs";
import { onnxC } from "@millrace/execution/onnx_c";
import type { ModelConfig } from "@millrace/transformer";
import { createReplica } from "../replica.ts";
import { tinyOptions } from "./tiny_run.ts";

const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 32,
  contextLength: 256,
  layers: 16,
  heads: 4,
  width: 64,
};
const executor = onnxC();
const replica = await createReplica({
  ...tinyOptions(executor, { steps: 2, leaves: 1, leafBatch: 4 }),
  config,
  tokens: Uint16Array.from({ length: 4096 }, (_, index) => index % config.vocabularySize),
  validation: { tokens: new Uint16Array(0), endOfText: 0 },
  recompute: process.argv[2] === "recompute",
});
const gradient = new Float32Array(replica.vectorFloats);
for (const leaf of [0, 1]) await replica.computeLeaf(0, leaf, gradient);
await replica.close();
await executor.close();
// On Linux `maxRSS` begins with what the process that started this one held.
const held = process.platform === "linux" && /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
console.log((held ? Number(held[1]) : process.resourceUsage().maxRSS) / 1024);
