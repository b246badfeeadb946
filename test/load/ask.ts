import type { z } from "zod";
import type { Target } from "./scenario.ts";

/** Asks with the key of the installation; resolves when the headers are there. */
export function ask({ address, apiKey }: Target, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  return fetch(address + path, { ...init, headers });
}

/**
 * Asks for JSON and checks it.
 * @throws {Error} If it is refused. @throws {z.ZodError} If the answer is not of the form.
 */
export async function askJson<Schema extends z.ZodType>(
  target: Target,
  path: string,
  schema: Schema,
  init?: RequestInit,
): Promise<z.infer<Schema>> {
  const response = await ask(target, path, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? "GET"} answered ${response.status}: ${text.slice(0, 200)}`);
  return schema.parse(JSON.parse(text));
}

/** Milliseconds that work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
