/**
 * Two ways to read a socket: exactly so many bytes while greeting each other, then frames. Whoever connects has bytes received where
 * they belong, without a copy; a listener's sockets cannot, so those copy.
 */
import type { OnReadOpts, Socket } from "node:net";
import { type FrameHandler, type FrameReader, frameReader } from "../frame.ts";

const SCRATCH_BYTES = 4096;

/** Bytes that come in over one socket. */
export interface Incoming {
  /** Takes the next bytes, before frames are read. @throws {Error} If the connection ends before. */
  read(sizeBytes: number): Promise<Buffer>;
  /** Reads frames from here on; what the handler throws destroys the socket. */
  frames(handler: FrameHandler): void;
}

/** A socket's bytes as they come: copied to where they belong. */
export function copied(socket: Socket): Incoming {
  return {
    async read(sizeBytes) {
      for (;;) {
        const bytes = socket.read(sizeBytes) as Buffer | null;
        if (bytes?.length === sizeBytes) return bytes;
        if (bytes !== null || socket.readableEnded || socket.destroyed) throw ended();
        await new Promise<void>((resolve, reject) => {
          const settle = (error?: Error): void => {
            for (const event of ["readable", "end", "close"]) socket.off(event, onProgress);
            socket.off("error", settle);
            if (error) reject(error);
            else resolve();
          };
          const onProgress = (): void => settle();
          for (const event of ["readable", "end", "close"]) socket.once(event, onProgress);
          socket.once("error", settle);
        });
      }
    },
    frames(handler) {
      const reader = frameReader(handler);
      socket.on("data", (bytes: Buffer) => {
        if (!socket.destroyed) guarded(socket, () => reader.feed(bytes));
      });
      socket.resume();
    },
  };
}

/** What a socket that is about to connect needs to receive in place. */
export interface InPlace {
  /** Option of `connect`. */
  readonly onread: OnReadOpts;
  /** The bytes, once there is a socket. */
  of(socket: Socket): Incoming;
}

/** Has bytes received where they belong. */
export function inPlace(): InPlace {
  // What comes before frames are read, and what comes after them into memory that was chosen before.
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  let held = Buffer.alloc(0);
  let reader: FrameReader | undefined;
  let arrived: (() => void) | undefined;
  let socket: Socket;
  return {
    onread: {
      buffer: () => reader?.space ?? scratch,
      callback(sizeBytes, into) {
        const isHeld = into.buffer === scratch.buffer;
        if (reader === undefined) {
          held = Buffer.concat([held, scratch.subarray(0, sizeBytes)]);
          arrived?.();
          return held.length < SCRATCH_BYTES;
        }
        const { feed, filled } = reader;
        return guarded(socket, () => (isHeld ? feed(scratch.subarray(0, sizeBytes)) : filled(sizeBytes)));
      },
    },
    of(opened) {
      socket = opened;
      return {
        async read(sizeBytes) {
          while (held.length < sizeBytes) {
            if (socket.destroyed || socket.readableEnded) throw socket.errored ?? ended();
            await new Promise<void>((resolve) => {
              arrived = resolve;
              for (const event of ["end", "close"]) socket.once(event, resolve);
            });
          }
          const taken = held.subarray(0, sizeBytes);
          held = held.subarray(sizeBytes);
          return taken;
        },
        frames(handler) {
          reader = frameReader(handler);
          guarded(socket, () => reader?.feed(held));
          socket.resume();
        },
      };
    },
  };
}

function guarded(socket: Socket, read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
    return false;
  }
}

function ended(): Error {
  return new Error("the connection ended");
}
