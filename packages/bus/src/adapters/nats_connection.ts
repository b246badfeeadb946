import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";

export interface NatsOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly servers: string;
  readonly user?: string;
  readonly password?: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
}

/**
 * Connects to NATS over TCP and, once connected, reconnects for ever.
 * @throws {Error} If no server can be reached now or refuses the credentials.
 */
export function connectNats({ servers, user, password, name }: NatsOptions): Promise<NatsConnection> {
  return connect({
    servers: servers.split(","),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
  });
}
