import type { EdgeService } from "../../infra/edge/bundle_workers.ts";
import type { Installation } from "./installation.ts";
import type { Runtime } from "./runtimes.ts";

/** Where a case is tried. */
export interface At {
  readonly installation: Installation;
  readonly runtime: Runtime;
  /** Where its gateway's replicas are: there, or where it passes requests on to. */
  readonly replicas: Runtime;
}

/** Sends a request with the key; `authorization: ""` sends none. A failure of the server is shown with what it wrote. */
export async function ask(at: At, service: EdgeService, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("authorization")) headers.set("authorization", `Bearer ${at.installation.apiKey}`);
  if (headers.get("authorization") === "") headers.delete("authorization");
  const response = await fetch(at.runtime.address(service) + path, { redirect: "manual", ...init, headers });
  if (response.status === 500)
    throw new Error(`${path}: ${await response.text()}\n${at.runtime.words().split("\n").slice(-20).join("\n")}`);
  return response;
}
