import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ApiError } from "@millrace/contracts";
import { type Client, RequestError } from "../client.ts";

/**
 * Asks the process that serves a data folder for a copy of it.
 * @param signal Takes the question back, and the answer.
 * @returns A tar under gzip; it breaks off with an error where the process does.
 * @throws {RequestError} If it refuses.
 */
export async function askForBackup(
  { address, apiKey }: Pick<Client, "address" | "apiKey">,
  signal: AbortSignal,
): Promise<Readable> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(new URL("/api/registry/backup", address), { method: "POST", headers, signal });
  if (response.ok && response.body !== null) return Readable.fromWeb(response.body as ReadableStream);
  const { error } = ApiError.parse(await response.json());
  throw new RequestError(response.status, error.code, error.message);
}
