import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";

/**
 * Mutual proof that both ends know the cluster secret, before a single frame is read.
 *
 *     client -> server   "MILLRACE" nonceC(32)
 *     server -> client   nonceS(32) HMAC-SHA256(secret, "server" | purpose | nonceC | nonceS)
 *     client -> server   HMAC-SHA256(secret, "client" | purpose | nonceC | nonceS)
 *
 * Fresh nonces of both sides stop replay, the side's name stops reflection, the purpose keeps a proof for one kind of
 * port from being relayed to another. It authenticates; it does not encrypt.
 */
const MAGIC = Buffer.from("MILLRACE");
const NONCE_BYTES = 32;
const MAC_BYTES = 32;
const MIN_SECRET_BYTES = 16;

function proof(secret: string, side: "client" | "server", purpose: string, client: Buffer, server: Buffer): Buffer {
  return createHmac("sha256", secret).update(`${side}\n${purpose}\n`).update(client).update(server).digest();
}

/** @throws {RangeError} If the secret is too short to resist guessing from a recorded handshake. */
export function checkSecret(secret: string): void {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    throw new RangeError(
      `the cluster secret has ${Buffer.byteLength(secret)} bytes; wanted at least ${MIN_SECRET_BYTES}`,
    );
  }
}

async function readExactly(socket: Socket, sizeBytes: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(sizeBytes) as Buffer | null;
    if (bytes?.length === sizeBytes) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error("the connection ended");
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
}

/** Runs the server's side. @throws {Error} If the other end does not speak this protocol or does not know the secret. */
export async function serveHandshake(socket: Socket, secret: string, purpose: string): Promise<void> {
  const hello = await readExactly(socket, MAGIC.length + NONCE_BYTES);
  if (!hello.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error("the other end does not speak Millrace's protocol");
  const client = hello.subarray(MAGIC.length);
  const server = randomBytes(NONCE_BYTES);
  socket.write(Buffer.concat([server, proof(secret, "server", purpose, client, server)]));
  const answer = await readExactly(socket, MAC_BYTES);
  if (!timingSafeEqual(answer, proof(secret, "client", purpose, client, server))) {
    throw new Error("the other end does not know the cluster secret");
  }
}

/** Runs the client's side. @throws {Error} If the other end does not know the secret. */
export async function clientHandshake(socket: Socket, secret: string, purpose: string): Promise<void> {
  const client = randomBytes(NONCE_BYTES);
  socket.write(Buffer.concat([MAGIC, client]));
  const hello = await readExactly(socket, NONCE_BYTES + MAC_BYTES);
  const server = hello.subarray(0, NONCE_BYTES);
  if (!timingSafeEqual(hello.subarray(NONCE_BYTES), proof(secret, "server", purpose, client, server))) {
    throw new Error("the other end does not know the cluster secret");
  }
  socket.write(proof(secret, "client", purpose, client, server));
}
