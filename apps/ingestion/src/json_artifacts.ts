import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef } from "@millrace/contracts";
import type { z } from "zod";

const encoder = new TextEncoder();

/** Reads an artifact of one JSON value. */
export async function readJson<Schema extends z.ZodType>(
  artifacts: Artifacts,
  ref: ArtifactRef,
  schema: Schema,
): Promise<z.infer<Schema>> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(ref.sha256))));
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
