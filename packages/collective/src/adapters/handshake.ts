import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

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

/** What a handshake talks over. */
export interface HandshakeChannel {
  /** Takes the next bytes, and no more. @throws {Error} If the connection ends before. */
  read(sizeBytes: number): Promise<Buffer>;
  write(bytes: Buffer): void;
}

/** Runs the server's side. @throws {Error} If the other end does not speak this protocol or does not know the secret. */
export async function serveHandshake(channel: HandshakeChannel, secret: string, purpose: string): Promise<void> {
  const hello = await channel.read(MAGIC.length + NONCE_BYTES);
  if (!hello.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error("the other end does not speak Millrace's protocol");
  const client = hello.subarray(MAGIC.length);
  const server = randomBytes(NONCE_BYTES);
  channel.write(Buffer.concat([server, proof(secret, "server", purpose, client, server)]));
  const answer = await channel.read(MAC_BYTES);
  if (!timingSafeEqual(answer, proof(secret, "client", purpose, client, server))) {
    throw new Error("the other end does not know the cluster secret");
  }
}

/** Runs the client's side. @throws {Error} If the other end does not know the secret. */
export async function clientHandshake(channel: HandshakeChannel, secret: string, purpose: string): Promise<void> {
  const client = randomBytes(NONCE_BYTES);
  channel.write(Buffer.concat([MAGIC, client]));
  const hello = await channel.read(NONCE_BYTES + MAC_BYTES);
  const server = hello.subarray(0, NONCE_BYTES);
  if (!timingSafeEqual(hello.subarray(NONCE_BYTES), proof(secret, "server", purpose, client, server))) {
    throw new Error("the other end does not know the cluster secret");
  }
  channel.write(proof(secret, "client", purpose, client, server));
}
