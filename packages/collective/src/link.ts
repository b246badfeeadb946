import type { FrameHandler, FrameHeader } from "./frame.ts";

/** An authenticated connection that carries frames both ways. */
export interface Link {
  /** `host:port` of the other end, for messages. */
  readonly remote: string;
  /** Bytes of frames given to `send` until now, heads and payloads. */
  readonly sentBytes: number;
  /** Queues a frame. The payload is not copied: it must keep its bytes until the other end has it or the link is closed. */
  send(header: FrameHeader, payload?: Uint8Array): void;
  /** Resolves when what was sent has left this process, or the link is closed. */
  drained(): Promise<void>;
  /** Starts reading; nothing is read before. A frame that the handler throws on closes the link with that error. */
  read(handler: FrameHandler): void;
  /** Closes at once; queued frames are lost. */
  close(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Resolves when the link is closed: with the error that closed it, or undefined. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/** What both ends need. */
export interface LinkOptions {
  readonly host: string;
  /** Port to connect to, or to listen on (0 takes a free one). */
  readonly port: number;
  /** The cluster secret, at least 16 bytes; 32 random ones are right. */
  readonly secret: string;
  /** Kind of port; both ends must say the same. */
  readonly purpose: string;
  /** Longest time for connecting and the handshake, milliseconds (default 5000). */
  readonly handshakeTimeoutMs?: number;
}

/** What a listener needs. */
export interface ListenOptions extends LinkOptions {
  onLink(link: Link): void;
  /** A connection that was turned away, with the reason. */
  onRefused(remote: string, reason: Error): void;
  /** Largest number of connections that have not finished their handshake (default 64); more are closed at once. */
  readonly maxPending?: number;
}

/** A listening port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops listening. Links stay open. */
  close(): void;
}

/** Connects and proves, both ways, that the secret is known. */
export type Connect = (options: LinkOptions) => Promise<Link>;

/** Listens for links. */
export type Listen = (options: ListenOptions) => Promise<Listener>;

/** Both. */
export interface Links {
  readonly connect: Connect;
  readonly listen: Listen;
}
