import type { Connect, Link } from "@millrace/collective";
import type { Executor } from "@millrace/execution";
import {
  FromGateway,
  type FromReplica,
  HEARTBEAT_MS,
  parseMessage,
  PIECE_BYTES,
  REPLICA_PURPOSE,
  ReplicaRequest,
} from "../replica_messages.ts";
import { answer, refusalOf } from "./answer.ts";
import { createBlobClient } from "./blob_client.ts";
import { loadModel, type LoadedModel } from "./load_model.ts";

/** What a replica needs. */
export interface ReplicaPorts {
  /** Name it was started under. */
  readonly name: string;
  readonly gateway: { readonly host: string; readonly port: number };
  /** The cluster secret. */
  readonly secret: string;
  readonly connect: Connect;
  readonly executor: Executor;
}

/**
 * Serves one model over a link to the gateway until the link is closed.
 * @throws {Error} If the gateway cannot be reached, or the model cannot be loaded.
 */
export async function runReplica({ name, gateway, secret, connect, executor }: ReplicaPorts): Promise<void> {
  const link = await connect({ ...gateway, secret, purpose: REPLICA_PURPOSE });
  const tell = (message: FromReplica): void => link.send(message);
  const blobs = createBlobClient(link);
  const loading = Promise.withResolvers<LoadedModel>();
  const work = createWork(link, tell, loading.promise);
  link.read({
    place(header, sizeBytes) {
      const message = parseMessage(FromGateway, header);
      if (message.type === "blob") return blobs.place(message.sha256, message.sizeBytes, sizeBytes);
      if (message.type === "generate" && sizeBytes <= PIECE_BYTES) return new Uint8Array(sizeBytes);
      throw new TypeError(`message "${message.type}" with a payload of ${sizeBytes} bytes`);
    },
    receive(header, payload) {
      const message = parseMessage(FromGateway, header);
      if (message.type === "blob") blobs.receive(message.sha256, message.sizeBytes);
      else if (message.type === "generate") work.begin(message.id, payload);
      else if (message.type === "cancel") work.cancel(message.id);
      else loading.resolve(loadModel(executor, message.package, blobs.fetch));
    },
  });
  const heart = setInterval(() => tell({ type: "heartbeat" }), HEARTBEAT_MS);
  try {
    tell({ type: "join", replica: name });
    void link.closed.then((cause) => loading.reject(new Error("the gateway closed the link", { cause })));
    const { generator } = await loading.promise;
    tell({ type: "ready", slots: generator.slots });
    await link.closed;
    work.cancelAll();
    await generator.close();
  } finally {
    clearInterval(heart);
    link.close();
  }
}

/** Requests under way. */
interface Work {
  begin(id: number, payload: Uint8Array): void;
  cancel(id: number): void;
  cancelAll(): void;
}

function createWork(link: Link, tell: (message: FromReplica) => void, loaded: Promise<LoadedModel>): Work {
  const running = new Map<number, AbortController>();

  async function run(id: number, payload: Uint8Array, { signal }: AbortController): Promise<void> {
    try {
      const request = ReplicaRequest.parse(JSON.parse(new TextDecoder().decode(payload)));
      for await (const token of answer(await loaded, request, signal)) {
        tell({ type: "token", id, token });
        await link.drained();
      }
    } catch (error) {
      // Nobody waits for the words of a request that was cancelled.
      if (!signal.aborted) tell({ type: "refused", id, ...refusalOf(error) });
    } finally {
      running.delete(id);
    }
  }

  const cancel = (id: number): void => running.get(id)?.abort(new Error("cancelled by the gateway"));
  return {
    begin(id, payload) {
      const controller = new AbortController();
      running.set(id, controller);
      void run(id, payload, controller);
    },
    cancel,
    cancelAll: () => [...running.keys()].forEach(cancel),
  };
}
