import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseFolders } from "../adapters/base_folders.ts";

/** For tests of what has nothing to do with base models: folders of this machine, and no network. */
export const offlineBases = baseFolders({
  cacheFolder: join(tmpdir(), "millrace-no-hub"),
  cacheBytes: 0,
  isOffline: true,
  warn: console.warn,
});
