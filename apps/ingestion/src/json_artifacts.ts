import { type Artifacts, readLines } from "@millrace/artifacts";
import type { ArtifactRef } from "@millrace/contracts";
import type { z } from "zod";

const encoder = new TextEncoder();

/** Reads an artifact of one JSON value. */
export async function readJson<Schema extends z.ZodType>(
  artifacts: Pick<Artifacts, "bytes">,
  ref: ArtifactRef,
  schema: Schema,
): Promise<z.infer<Schema>> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(ref.sha256))));
}

/** Reads the values of an artifact of JSON lines. */
export async function* linesOf<Value>(
  artifacts: Artifacts,
  { sha256 }: ArtifactRef,
  schema: { parse(value: unknown): Value },
): AsyncGenerator<Value> {
  for await (const line of readLines(await artifacts.stream(sha256))) yield schema.parse(JSON.parse(line));
}

/** Stores one JSON value. */
export function putJson(artifacts: Artifacts, value: unknown): Promise<ArtifactRef> {
  return artifacts.put(encoder.encode(JSON.stringify(value)), "application/json");
}

/** Stores values as JSON lines. */
export function putLines(artifacts: Artifacts, values: readonly unknown[]): Promise<ArtifactRef> {
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
  return artifacts.put(encoder.encode(text), "application/jsonl");
}

/** An artifact of JSON lines that is written value by value and never held whole. */
export interface LineWriter {
  write(value: unknown): Promise<void>;
  /** Stores what was written. */
  close(): Promise<ArtifactRef>;
  /** Stores nothing. */
  abort(reason: unknown): Promise<void>;
}

const PIECE_UNITS = 64 * 1024;

/** Begins an artifact of JSON lines; close or abort it. */
export function openLines(artifacts: Artifacts): LineWriter {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const stored = artifacts.put(readable, "application/jsonl");
  // A failure shows in the next write, and in `close`.
  stored.catch(() => undefined);
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  let waiting: string[] = [];
  let units = 0;
  const flush = async (): Promise<void> => {
    const piece = encoder.encode(waiting.join(""));
    [waiting, units] = [[], 0];
    await writer.write(piece);
  };
  return {
    async write(value) {
      const line = `${JSON.stringify(value)}\n`;
      waiting.push(line);
      units += line.length;
      if (units >= PIECE_UNITS) await flush();
    },
    async close() {
      await flush();
      await writer.close();
      return stored;
    },
    async abort(reason) {
      await writer.abort(reason);
      await stored.catch(() => undefined);
    },
  };
}
