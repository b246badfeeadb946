import { serveOnDeno } from "@millrace/service/deno";
import { createRegistry } from "../service.ts";

await serveOnDeno("registry", ({ openPorts, access }) => createRegistry(openPorts, access));
