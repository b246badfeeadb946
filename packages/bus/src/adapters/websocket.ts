/**
 * JetStream over WebSocket, for isolates at the edge, which may open no server sockets and share none between requests. A bus lives as
 * long as a request there, and most requests need none: it connects with its first use.
 */
import { type NatsConnection, wsconnect } from "@nats-io/nats-core";
import type { EventBus } from "../bus.ts";
import { jetstreamBus, type JetStreamBusOptions } from "./jetstream.ts";
import type { NatsOptions } from "./nats_connection.ts";

/**
 * @param server Its `servers` are `ws://host:port` or `wss://host:port`.
 * @returns A bus whose methods throw if no server can be reached. Closing it closes the connection.
 */
export function websocketBus(server: NatsOptions, options: JetStreamBusOptions): EventBus {
  let opening: Promise<{ readonly connection: NatsConnection; readonly bus: EventBus }> | undefined;
  const opened = async (): Promise<EventBus> => (await (opening ??= open(server, options))).bus;
  return {
    capabilities: { manyHosts: true, orderAcrossStreams: false },
    publish: async (events) => (await opened()).publish(events),
    subscribe: async (wanted) => (await opened()).subscribe(wanted),
    async *replay(wanted) {
      yield* (await opened()).replay(wanted);
    },
    tail: async (wanted) => (await opened()).tail(wanted),
    deadLetters: async (wanted) => (await opened()).deadLetters(wanted),
    requeue: async (sequence) => (await opened()).requeue(sequence),
    check: async () => (await opened()).check(),
    async close() {
      opening ??= Promise.reject(new Error("using the event bus: it is closed"));
      const found = await opening.catch(() => undefined);
      await found?.bus.close();
      await found?.connection.close();
    },
  };
}

async function open({ servers, user, password, name }: NatsOptions, options: JetStreamBusOptions) {
  const connection = await wsconnect({
    servers: servers.split(","),
    name,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
  });
  try {
    return { connection, bus: await jetstreamBus(connection, options) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
