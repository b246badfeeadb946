/** Stores of the JetStream adapters: a server of their own. */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connectNats, jetstreamBus, jetstreamLease } from "../adapters/jetstream.ts";
import type { BusStore } from "./bus_contract.ts";
import type { LeaseStore } from "./lease_contract.ts";
import { startNatsServer } from "./nats_server.ts";

/** A server and the connections a test opens to it. */
export async function natsStore(): Promise<{
  readonly server: Awaited<ReturnType<typeof startNatsServer>>;
  connect(): Promise<NatsConnection>;
  close(): Promise<void>;
}> {
  const server = await startNatsServer();
  const connections: NatsConnection[] = [];
  return {
    server,
    async connect() {
      const connection = await connectNats({ servers: server.url, name: "test" });
      connections.push(connection);
      return connection;
    },
    async close() {
      for (const connection of connections) await connection.close();
      await server.remove();
    },
  };
}

export async function jetstreamBusStore(): Promise<BusStore> {
  const { connect, close } = await natsStore();
  return {
    open: async (options = {}) => jetstreamBus(await connect(), { now: Date.now, ...options }),
    inject: async (subject, payload) => void (await jetstream(await connect()).publish(subject, payload)),
    close,
  };
}

export async function jetstreamLeaseStore(): Promise<LeaseStore> {
  const { connect, close } = await natsStore();
  return { open: async (now) => jetstreamLease(await connect(), { now }), close };
}
