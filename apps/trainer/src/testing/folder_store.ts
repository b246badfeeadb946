import { createHash } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { blobStore } from "./run_kit.ts";

/** Bytes by address in a folder, for those who come after a process that was killed: a file is whole or not there. */
export function folderStore(folder: string): ReturnType<typeof blobStore> {
  return {
    put(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const file = join(folder, sha256);
      if (existsSync(file)) return sha256;
      writeFileSync(`${file}.part`, bytes);
      renameSync(`${file}.part`, file);
      return sha256;
    },
    read: (sha256) => readFile(join(folder, sha256)),
  };
}
