import { type AddressInfo, connect as rawConnect, createServer } from "node:net";
import { randomBytes } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FrameHeader } from "../frame.ts";
import type { Connect, Link, Listen, Listener, ListenOptions } from "../link.ts";

const secret = "a secret of more than sixteen bytes";
interface Served {
  readonly listener: Listener;
  readonly links: AsyncQueue<Link>;
  readonly refusals: AsyncQueue<string>;
}

/** Items in order, for whoever waits for them. */
export class AsyncQueue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];
  push(item: T): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#items.push(item);
  }
  next(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }
}

/** Reads a link's frames into a queue. */
export function frames(link: Link): AsyncQueue<{ header: FrameHeader; payload: Uint8Array }> {
  const queue = new AsyncQueue<{ header: FrameHeader; payload: Uint8Array }>();
  link.read({
    place: (_, sizeBytes) => new Uint8Array(sizeBytes),
    receive: (header, payload) => queue.push({ header, payload }),
  });
  return queue;
}

/** What every way of making links has to do. */
export function describeLinks(name: string, links: () => Promise<{ connect: Connect; listen: Listen }>): void {
  const open: (() => void)[] = [];
  let connect: Connect;
  let listen: Listen;
  beforeAll(async () => ({ connect, listen } = await links()));
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function serve(extra: Partial<ListenOptions> = {}): Promise<Served> {
    const links = new AsyncQueue<Link>();
    const refusals = new AsyncQueue<string>();
    const listener = await listen({
      host: "127.0.0.1",
      port: 0,
      secret,
      purpose: "test",
      onLink: (link) => {
        open.push(() => link.close());
        links.push(link);
      },
      onRefused: (_, reason) => refusals.push(reason.message),
      ...extra,
    });
    open.push(() => listener.close());
    return { listener, links, refusals };
  }

  async function dial(listener: Listener, extra: { secret?: string; purpose?: string } = {}): Promise<Link> {
    const link = await connect({ host: "127.0.0.1", port: listener.port, secret, purpose: "test", ...extra });
    open.push(() => link.close());
    return link;
  }

  describe(name, () => {
    test("carry frames both ways, payloads from shared memory included", async () => {
      const { listener, links } = await serve();
      const client = await dial(listener);
      const server = await links.next();
      const payload = new Uint8Array(new SharedArrayBuffer(1_048_576)).fill(7);
      client.send({ kind: "hello" }, payload);
      server.send({ kind: "empty" });
      expect(await frames(client).next()).toEqual({ header: { kind: "empty" }, payload: new Uint8Array(0) });
      const got = await frames(server).next();
      expect(got.header).toEqual({ kind: "hello" });
      expect(Buffer.from(got.payload).equals(Buffer.from(payload))).toBe(true);
    });

    test("refuse each other when the secrets differ", async () => {
      const { listener, refusals } = await serve();
      await expect(dial(listener, { secret: "another secret, long enough" })).rejects.toThrow(
        "does not know the cluster secret",
      );
      expect(await refusals.next()).toMatch(/ended|ECONNRESET|does not know/);
    });

    test("refuse each other when the purposes differ", async () => {
      const { listener } = await serve();
      await expect(dial(listener, { purpose: "other" })).rejects.toThrow("does not know the cluster secret");
    });

    test("the listener refuses a client that cannot answer the challenge", async () => {
      const { listener, refusals } = await serve();
      const socket = rawConnect(listener.port, "127.0.0.1");
      open.push(() => socket.destroy());
      socket.write(Buffer.concat([Buffer.from("MILLRACE"), randomBytes(32)]));
      socket.once("data", () => socket.write(randomBytes(32)));
      expect(await refusals.next()).toBe("the other end does not know the cluster secret");
    });

    test("connecting says why a handshake came to nothing", async () => {
      const silent = createServer((socket) => void open.push(() => socket.destroy()));
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      open.push(() => silent.close());
      const { port } = silent.address() as AddressInfo;
      const dialled = connect({ host: "127.0.0.1", port, secret, purpose: "test", handshakeTimeoutMs: 50 });
      await expect(dialled).rejects.toThrow("no handshake within 50 ms");
    });

    test("the listener survives garbage, silence and floods, and serves the next client", async () => {
      const { listener, links, refusals } = await serve({ handshakeTimeoutMs: 100, maxPending: 2 });
      const garbage = rawConnect(listener.port, "127.0.0.1");
      garbage.on("error", () => {});
      garbage.write(randomBytes(100_000));
      expect(await refusals.next()).toContain("does not speak");
      const silent = [1, 2, 3].map(() => rawConnect(listener.port, "127.0.0.1").on("error", () => {}));
      open.push(() => silent.forEach((socket) => socket.destroy()));
      const reasons = [await refusals.next(), await refusals.next(), await refusals.next()].sort();
      expect(reasons[0]).toContain("2 connections are waiting");
      expect(reasons.slice(1)).toEqual(Array(2).fill("no handshake within 100 ms"));
      const client = await dial(listener);
      (await links.next()).send({ ok: true });
      expect((await frames(client).next()).header).toEqual({ ok: true });
    });

    test("a link closes with the reason when a frame is larger than the limit", async () => {
      const { listener, links } = await serve();
      const client = await dial(listener);
      const server = await links.next();
      frames(server);
      client.send({ kind: "big" }, new Uint8Array(1_048_577));
      expect((await server.closed)?.message).toContain("at most 65536 + 1048576 are taken");
      expect(await client.closed).toSatisfy((reason) => reason === undefined || reason instanceof Error);
    });

    test("connecting fails when nobody listens or the secret is short", async () => {
      const { listener } = await serve();
      listener.close();
      await expect(dial(listener)).rejects.toThrow("cannot link to 127.0.0.1");
      await expect(dial(listener, { secret: "short" })).rejects.toThrow("wanted at least 16");
    });
  });
}
