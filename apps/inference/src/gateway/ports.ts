import type { ArtifactRef } from "@millrace/contracts";
import type { Listen } from "@millrace/collective";
import type { Log } from "@millrace/service";

/** A version that is served. */
export interface Served {
  readonly project: string;
  readonly model: string;
  readonly version: number;
  /** A ServingPackage. */
  readonly package: ArtifactRef;
}

/** A replica that was started. */
export interface ReplicaProcess {
  /** Absent if it could not be started. */
  readonly pid: number | undefined;
  kill(): void;
  /** Resolves when it has ended, with how and with its last words. */
  readonly exited: Promise<string>;
}

/** Starts a replica that connects to the gateway at this address and joins under this name. */
export type SpawnReplica = (name: string, gateway: { readonly host: string; readonly port: number }) => ReplicaProcess;

/** What the gateway's side of replicas needs. */
export interface FleetPorts {
  readonly listen: Listen;
  readonly spawn: SpawnReplica;
  /** The cluster secret. */
  readonly secret: string;
  /** Reads an artifact of a project, verified. */
  readBlob(project: string, sha256: string): Promise<Uint8Array>;
  readonly log: Log;
  /** Milliseconds since 1970. */
  now(): number;
}
