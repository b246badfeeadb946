/** Thread of xzPrimedSize(): answers with the size of each given text under xz, preset 7. */
import { parentPort, workerData } from "node:worker_threads";
import { xzAsync } from "node-liblzma/wasm";

const sizes: number[] = [];
for (const text of workerData as readonly Uint8Array[]) sizes.push((await xzAsync(text, { preset: 7 })).length);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message port of Node, not a window
parentPort?.postMessage(sizes);
