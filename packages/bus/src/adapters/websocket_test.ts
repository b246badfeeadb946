import { jetstream } from "@nats-io/jetstream";
import { busContract, type BusStore } from "../testing/bus_contract.ts";
import { natsStore } from "../testing/jetstream_stores.ts";
import { natsSkipReason } from "../testing/nats_server.ts";
import { websocketBus } from "./websocket.ts";

async function websocketBusStore(): Promise<BusStore> {
  const { server, connect, close } = await natsStore();
  return {
    open: async (options = {}) =>
      websocketBus({ servers: server.websocketUrl, name: "test" }, { now: Date.now, ...options }),
    inject: async (subject, payload) => void (await jetstream(await connect()).publish(subject, payload)),
    close,
  };
}

busContract("JetStream over WebSocket", websocketBusStore, natsSkipReason());
