import { CollectGarbage, type HubCacheReport } from "@millrace/contracts";
import { type Http, HttpError, needs, readJson } from "@millrace/service";
import type { BaseFolders } from "../base/base_folder.ts";

/** Frees what is kept of a hub's models. All projects share it, and what goes can be downloaded again. */
export function hubCacheRoutes(http: Http, bases: BaseFolders): void {
  http.post("/api/ingestion/hub-cache/garbage", needs("admin", "admin"), async (context) => {
    const { identity, ports } = context.var;
    if (!identity.ofInstallation && !identity.isService) {
      throw new HttpError(403, "forbidden", "freeing the hub's models: that is for the key of the installation");
    }
    const { dryRun, graceSeconds } = await readJson(context, CollectGarbage);
    const report = await bases.freeUnused({ usedBeforeMs: ports.now() - 1000 * graceSeconds, dryRun });
    return context.json(report satisfies HubCacheReport);
  });
}
