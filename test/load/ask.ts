import type { Target } from "./target.ts";

/** Asks with the key of the installation; resolves when the headers are there. */
export function ask({ address, apiKey }: Target, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  return fetch(address + path, { ...init, headers });
}
