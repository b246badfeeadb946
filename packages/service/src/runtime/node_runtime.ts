import type { Access } from "../access.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { OpenPorts } from "../ports.ts";
import type { Mode } from "../mode.ts";
import type { Service } from "../service.ts";

/** What a Node process gives to each app that it runs. */
export interface NodeRuntime {
  readonly mode: Mode;
  readonly openPorts: OpenPorts;
  readonly access: Access;
  /** Proves trainer nodes, replicas and services to each other. */
  readonly clusterSecret: string;
  /** A folder of this app alone, for files that may be lost: caches, spools. Made on first use. */
  readonly scratchFolder: string;
  /** The one folder that recipes may take documents from; any of this machine where absent. */
  readonly sourcesFolder?: string;
  /** Where the trainer waits for other machines that lend themselves to it; it takes none where absent. */
  readonly workersAt?: Readonly<{ host: string; port: number }>;
  /** Base address under which users reach this installation, e.g. `http://127.0.0.1:4100`. */
  readonly publicAddress: () => string;
  /** The command that prints a link which logs a browser in; without what it needs to find this installation where absent. */
  readonly loginCommand?: string;
  readonly log: Log;
  /** The same as in the ports. */
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Copies all that the installation keeps, where it is kept in one data folder. Absent on real servers. */
  readonly backUp?: BackUp;
}

/**
 * Makes a backup while services go on: a tar under gzip, of one moment.
 * @throws {HttpError} 409 if one is being made.
 */
export type BackUp = () => Promise<ReadableStream<Uint8Array>>;

/** An app with what it needs from Node: child processes, files, worker threads. */
export interface NodeService {
  readonly service: Service;
  /** Runs after the migrations and before the loops, e.g. to bring replicas back. */
  start?(): Promise<void>;
  /** Runs after the loops have ended; child processes are gone when it resolves. */
  stop?(): Promise<void>;
}
