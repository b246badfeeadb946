import { REPLICA_PURPOSE } from "../replica_messages.ts";
import type { FleetPorts } from "./ports.ts";
import { type Claim, receiveReplica } from "./replica_session.ts";

/** Where replicas join: one port, on which only those are let in that were started for it. */
export interface FrontDesk {
  readonly host: string;
  readonly port: number;
  /**
   * Expects one replica.
   * @returns Stops expecting it.
   */
  expect(name: string, claim: Claim): () => void;
  close(): void;
}

/** Opens the desk on a free port of this machine. */
export async function openFrontDesk({ listen, secret, log, now }: FleetPorts): Promise<FrontDesk> {
  const expected = new Map<string, Claim>();
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    secret,
    purpose: REPLICA_PURPOSE,
    onLink: (link) => receiveReplica(link, (name) => expected.get(name), now),
    onRefused: (remote, error) => log.warn("turned a connection to the replica port away", { remote, error }),
  });
  return {
    host: listener.host,
    port: listener.port,
    expect(name, claim) {
      expected.set(name, claim);
      return () => void expected.delete(name);
    },
    close: () => listener.close(),
  };
}
