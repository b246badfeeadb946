import { DEFAULT_PROJECT } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { recordAct } from "../audit.ts";

/** Makes a backup while services go on: a tar under gzip. @throws {HttpError} 409 if one is being made. */
export type MakeBackup = () => Promise<ReadableStream<Uint8Array>>;

/** A copy of everything that is kept, keys and all projects: for the holder of the installation's key alone. */
export function backupRoutes(http: Http, backUp: MakeBackup | undefined): void {
  http.post("/api/registry/backup", needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    if (!identity.ofInstallation) {
      const wanted = "found a key of the registry, wanted the installation's own";
      throw new HttpError(403, "forbidden", `backing up what all projects keep: ${wanted}`);
    }
    if (backUp === undefined) {
      const reason = "this installation keeps nothing in a data folder; back its servers up with their own tools";
      throw new HttpError(409, "no_data_folder", `backing up: ${reason}`);
    }
    const record = (action: string): Promise<void> =>
      ports.database.transaction((db) => {
        const act = { project: DEFAULT_PROJECT, at: ports.now(), actor: identity.name, action };
        return recordAct(db, { ...act, target: "data folder", detail: {} });
      });
    const packed = await backUp();
    // Who breaks off near the end has nearly all of it.
    await record("backup.begun");
    // The reader hears of the end when the log tells of it.
    const told = packed.pipeThrough(new TransformStream({ flush: () => record("backup.made") }));
    return context.body(told, 200, { "content-type": "application/gzip", "cache-control": "no-store" });
  });
}
