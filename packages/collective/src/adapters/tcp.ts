import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { frameHead } from "../frame.ts";
import type { Link, Listener, LinkOptions, ListenOptions } from "../link.ts";
import { checkSecret, clientHandshake, serveHandshake } from "./handshake.ts";
import { copied, type Incoming, inPlace } from "./incoming.ts";
import type { SocketEnd } from "./socket_holder.ts";

const HANDSHAKE_TIMEOUT_MS = 5_000;

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
}

/** A link that knows its connection. */
export interface TcpLink extends Link {
  readonly ours: SocketEnd;
  readonly theirs: SocketEnd;
}

/** As for any listener. */
export interface ListenTcpOptions extends ListenOptions {
  onLink(link: TcpLink): void;
}

function linkOf(socket: Socket, incoming: Incoming, remote: string): TcpLink {
  let failure: Error | undefined;
  let sentBytes = 0;
  socket.on("error", (error) => (failure ??= error));
  const closed = new Promise<Error | undefined>((resolve) => {
    if (socket.closed) resolve(failure);
    else socket.once("close", () => resolve(failure));
  });
  return {
    remote,
    ours: { address: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    theirs: { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 },
    closed,
    get sentBytes() {
      return sentBytes;
    },
    send(header, payload) {
      if (socket.destroyed || socket.writableEnded) return;
      const head = frameHead(header, payload?.length ?? 0);
      sentBytes += head.length + (payload?.length ?? 0);
      socket.cork();
      socket.write(head);
      if (payload !== undefined && payload.length > 0) socket.write(payload);
      socket.uncork();
    },
    async drained() {
      if (socket.destroyed || !socket.writableNeedDrain) return;
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          socket.off("drain", settle);
          socket.off("close", settle);
          resolve();
        };
        socket.once("drain", settle);
        socket.once("close", settle);
      });
    },
    read(handler) {
      // Without this an orderly end of the other side would leave a half-open link that nobody writes to.
      socket.on("end", () => socket.destroy());
      incoming.frames(handler);
    },
    close() {
      socket.destroy();
    },
    end() {
      socket.end();
    },
  };
}

/** Runs a handshake within a time limit; a socket that fails it is destroyed. */
async function authenticate(socket: Socket, timeoutMs: number, handshake: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => socket.destroy(new Error(`no handshake within ${timeoutMs} ms`)), timeoutMs);
  try {
    await handshake();
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Listens for links.
 * @throws {RangeError} If the secret is too short. @throws {Error} If the port cannot be taken.
 */
export async function listenTcp(options: ListenTcpOptions): Promise<Listener> {
  const { host, secret, purpose, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, maxPending = 64 } = options;
  checkSecret(secret);
  let pending = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    const remote = nameOf(socket);
    // A destroyed socket may still emit; the reason is reported once, by the handshake or the link.
    socket.on("error", () => {});
    if (pending >= maxPending) {
      socket.destroy();
      options.onRefused(remote, new Error(`${pending} connections are waiting for their handshake already`));
      return;
    }
    pending++;
    const incoming = copied(socket);
    const channel = { read: incoming.read, write: (bytes: Buffer) => void socket.write(bytes) };
    authenticate(socket, handshakeTimeoutMs, () => serveHandshake(channel, secret, purpose))
      .then(
        () => options.onLink(linkOf(socket, incoming, remote)),
        (error: unknown) => options.onRefused(remote, error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => pending--);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return { host, port, close: () => server.close() };
}

/**
 * Connects to a listener and proves, both ways, that the secret is known.
 * @throws {Error} If the port cannot be reached in time, or the other end does not know the secret; `cause` has the reason.
 */
export async function connectTcp(options: LinkOptions): Promise<TcpLink> {
  const { host, port, secret, purpose, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  checkSecret(secret);
  const received = inPlace();
  const socket = connect({ host, port, noDelay: true, onread: received.onread });
  const incoming = received.of(socket);
  socket.on("error", () => {});
  try {
    await authenticate(socket, handshakeTimeoutMs, async () => {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("the connection was closed")));
      });
      const channel = { read: incoming.read, write: (bytes: Buffer) => void socket.write(bytes) };
      await clientHandshake(channel, secret, purpose);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot link to ${host}:${port} for ${purpose}: ${reason}`, { cause });
  }
  return linkOf(socket, incoming, `${host}:${port}`);
}
