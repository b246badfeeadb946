/**
 * Identity of events. An id depends on what caused the event and which output of which handler it is: neither on content nor on
 * time, so work that is executed twice publishes the same ids.
 * @see RFC 9562, section 5.5 (UUID version 5)
 */
const NAMESPACE = Uint8Array.from([
  0x6d, 0x69, 0x6c, 0x6c, 0x72, 0x61, 0x50, 0x63, 0x80, 0x65, 0x2d, 0x65, 0x76, 0x65, 0x6e, 0x74,
]);

/**
 * UUID version 5 of a name in Millrace's namespace.
 * @param name Any text; equal names give equal ids.
 */
export async function uuidV5(name: string): Promise<string> {
  const nameBytes = new TextEncoder().encode(name);
  const input = new Uint8Array(NAMESPACE.length + nameBytes.length);
  input.set(NAMESPACE);
  input.set(nameBytes, NAMESPACE.length);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-1", input)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Id of an event that a handler or job emits.
 * @param causationId Id of the event being handled.
 * @param producer Name and version of the handler, e.g. `ingestion/clean_shard@1`.
 * @param outputKey Which of its outputs, as the catalogue describes for the type, e.g. `shard 3`.
 */
export function outputEventId(causationId: string, producer: string, outputKey: string): Promise<string> {
  return uuidV5(JSON.stringify([causationId, producer, outputKey]));
}

/**
 * Id of a root command.
 * @param project Project the command runs in.
 * @param type Event type of the command.
 * @param idempotencyKey Chosen by the caller: the same key is the same command.
 */
export function rootEventId(project: string, type: string, idempotencyKey: string): Promise<string> {
  return uuidV5(JSON.stringify(["root", project, type, idempotencyKey]));
}
