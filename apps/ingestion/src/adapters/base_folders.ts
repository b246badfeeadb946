/** Models to train further: folders of this machine, and the hub. */
import { join } from "node:path";
import { parseHubName } from "@millrace/contracts";
import { type BaseFolders, BaseModelError } from "../base/base_folder.ts";
import type { Fetch } from "../base/follow.ts";
import { hubClient } from "../base/hub_client.ts";
import { hubFolder } from "./hub_cache.ts";
import { freeUnused, keepWithin } from "./hub_cache_room.ts";
import { modelFolder } from "./model_folder.ts";

export interface BaseFoldersOptions {
  /** The only folder that recipes may name models in. Default: any of this machine. */
  readonly within?: string | undefined;
  /** Where downloads are kept; processes may share it. */
  readonly cacheFolder: string;
  /** Most that it holds, beside what is in use. */
  readonly cacheBytes: number;
  /** As Hugging Face's own tools read them: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE. */
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  readonly isOffline?: boolean;
  readonly warn: (message: string) => void;
  /** Default: the real one. */
  readonly fetch?: Fetch;
}

const HUB = "https://huggingface.co";

/** Opens the port. */
export function baseFolders(options: BaseFoldersOptions): BaseFolders {
  const { within, cacheFolder, cacheBytes, token, isOffline = false, warn, fetch: send = fetch } = options;
  const grown = (): Promise<void> => keepWithin(cacheFolder, cacheBytes);
  const underWay = new Map<string, Promise<void>>();
  return {
    async find(from, signal) {
      const name = parseHubName(from);
      if (name === undefined) return modelFolder(from, within);
      const endpoint = endpointOf(options.endpoint ?? HUB);
      const client = isOffline ? undefined : hubClient({ endpoint, token }, send);
      // What one hub calls by a name another need not.
      const folder = join(cacheFolder, encodeURIComponent(endpoint.host));
      return hubFolder(name, { folder, client, warn, underWay, grown }, signal);
    },
    async freeUnused({ usedBeforeMs, dryRun }) {
      // Without the network nothing would come back.
      return freeUnused(cacheFolder, { usedBeforeMs: isOffline ? -Infinity : usedBeforeMs, dryRun });
    },
  };
}

function endpointOf(written: string): URL {
  const url = URL.parse(written);
  const isPlain = url !== null && url.pathname === "/" && url.search === "" && url.username === "";
  if (isPlain && ["https:", "http:"].includes(url.protocol)) return url;
  throw new BaseModelError(
    "HF_ENDPOINT: wanted an address such as https://huggingface.co, without path, found another",
  );
}
