import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { artifactContract } from "../testing/contract.ts";
import { fileStore } from "./file.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-artifacts-"));
});
afterAll(() => rm(dir, { recursive: true }));

artifactContract("files", async () => ({
  store: fileStore(dir),
  async damage(project, sha256, offset) {
    const handle = await open(join(dir, project, sha256.slice(0, 2), sha256), "r+");
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, offset);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, offset);
    await handle.close();
  },
}));

test("put() leaves no spool file behind when it succeeds or fails", async () => {
  const artifacts = fileStore(dir).forProject("spooling");
  await artifacts.put(new Uint8Array([1]), "application/x");
  const failing = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("the source broke")),
  });
  await expect(artifacts.put(failing, "application/x")).rejects.toThrow("the source broke");
  expect(await readdir(join(dir, ".spool"))).toEqual([]);
});
