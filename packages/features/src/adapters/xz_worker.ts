/** Thread of xzPrimedSize(): answers with the size of each given text as an .xz file. */
import { parentPort, workerData } from "node:worker_threads";
import * as module from "7z-wasm";

// The package's types describe an ES module with a default export, its code is CommonJS that exports the function itself.
const openSevenZip = module.default as unknown as module.SevenZipModuleFactory;

/** A fresh instance for each text: the program behind it is made to run once. */
async function xzSize(text: Uint8Array): Promise<number> {
  const messages: string[] = [];
  const sevenZip = await openSevenZip({ print: () => undefined, printErr: (line) => messages.push(line) });
  sevenZip.FS.writeFile("text", text);
  // One thread and one block, whatever the machine: more would lose the matches between them.
  sevenZip.callMain(["a", "-txz", "-mx=9", "-md=16m", "-mmt=1", "text.xz", "text"]);
  if (!sevenZip.FS.readdir(".").includes("text.xz")) {
    throw new Error(`Compressing ${text.length} bytes with xz failed: ${messages.join(" ")}`);
  }
  return sevenZip.FS.stat("text.xz").size;
}

const sizes: number[] = [];
for (const text of workerData as readonly Uint8Array[]) sizes.push(await xzSize(text));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message port of Node, not a window
parentPort?.postMessage(sizes);
