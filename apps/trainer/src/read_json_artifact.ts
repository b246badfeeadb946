import type { Artifacts } from "@millrace/artifacts";
import type { z } from "zod";

/**
 * Reads a JSON artifact.
 * @throws {z.ZodError} If it does not fit the schema.
 */
export async function readJsonArtifact<Value>(
  artifacts: Pick<Artifacts, "bytes">,
  sha256: string,
  schema: z.ZodType<Value>,
): Promise<Value> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(sha256))));
}
