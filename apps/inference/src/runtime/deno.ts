import { serveOnDeno } from "@millrace/service/deno";
import { onNode } from "./node.ts";

/** Replicas are child processes, as on Node: Deno starts them by itself. Versions that are served are brought back at the start. */
await serveOnDeno("inference", async (runtime) => {
  const { service, start } = onNode({ ...runtime, scratchFolder: "" }, 1);
  await start?.();
  return service;
});
