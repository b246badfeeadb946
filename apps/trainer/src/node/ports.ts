import type { Connect, Links, PeerAddress } from "@millrace/collective";
import type { Hash } from "../hash.ts";
import type { ReplicaFactory } from "./replica.ts";

/** What a trainer node needs. */
export interface NodePorts {
  readonly name: string;
  readonly coordinator: PeerAddress;
  /** Address to listen on for peers; they must reach it. */
  readonly host: string;
  /** The cluster secret. */
  readonly secret: string;
  /** Links to the coordinator. */
  readonly connect: Connect;
  /** Links between nodes. */
  readonly peers: Links;
  readonly replicas: ReplicaFactory;
  readonly hash: Hash;
  /** Longest silence of the coordinator, milliseconds (default 20,000); then the node gives up its place. */
  readonly silenceMs?: number;
  /** Milliseconds from any fixed origin. */
  now(): number;
  log(message: string): void;
}
