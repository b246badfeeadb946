/** All services in this process, on the embedded parts: nothing has to be installed. One listener on 127.0.0.1 serves them all. */
import { fileStore } from "@millrace/artifacts/file";
import { sqliteBus, sqliteLease } from "@millrace/bus/sqlite";
import { SERVICE_NAMES, shellWord } from "@millrace/contracts";
import { openPglite } from "@millrace/database/pglite";
import { LOCAL_HOST_NAMES, localPeers } from "@millrace/service";
import type { DataFolder } from "../data_folder/data_folder.ts";
import { type Closing, opening } from "../hosting/closing.ts";
import { hostApps, type Parts } from "../hosting/host_apps.ts";
import { backUpServed, clearStaged } from "./back_up_served.ts";
import { openSecrets } from "./open_secrets.ts";

export interface Embedded {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly apiKey: string;
  /** Ends handlers, jobs and child processes, then closes the parts. What was not finished goes on at the next start. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether the services do what there is to do, or answer requests alone. */
  readonly works: boolean;
  /** Receives log lines (JSON). */
  readonly logSink: (line: string) => void;
  readonly now: () => number;
}

/**
 * Starts everything on a data folder that this process owns.
 * @throws If a part cannot be opened; what was opened before is closed again.
 */
export function startEmbedded(folder: DataFolder, { port, works, logSink, now }: EmbeddedOptions): Promise<Embedded> {
  return opening(async (closing) => {
    const secrets = await openSecrets(folder);
    await clearStaged(folder);
    const parts = await openParts(folder, now, closing);
    const server = await hostApps(
      {
        mode: "embedded",
        names: SERVICE_NAMES,
        works,
        parts,
        access: { apiKey: secrets.apiKey, user: "local", hostNames: LOCAL_HOST_NAMES },
        clusterSecret: secrets.cluster,
        peers: (token, here) => localPeers(here, token),
        listen: { hostname: "127.0.0.1", port },
        scratchFolder: folder.file("scratch"),
        loginCommand: `npx millrace up --data-dir ${shellWord(folder.path)}`,
        backUp: backUpServed(folder, parts.database, now),
        leases: { owner: `embedded-${process.pid}-${now()}`, takesOver: "all" },
        logSink,
        now,
      },
      closing,
    );
    await folder.announce(server.url);
    return { address: server.url, apiKey: secrets.apiKey, stop: () => closing.closeAll() };
  });
}

async function openParts(folder: DataFolder, now: () => number, closing: Closing): Promise<Parts> {
  const bus = sqliteBus({ file: folder.file("events.sqlite"), now });
  closing.push(() => bus.close());
  const lease = sqliteLease({ file: folder.file("events.sqlite"), now });
  closing.push(() => lease.close());
  const database = await openPglite({ dataDir: folder.file("postgres") });
  closing.push(() => database.close());
  return { bus, lease, database, artifacts: fileStore(folder.file("artifacts")) };
}
