/** `npm run edge [folder]`: makes the folder that workerd serves. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkers, EDGE_SERVICES } from "./bundle_workers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const out = resolve(process.argv[2] ?? join(ROOT, "dist/edge"));
await bundleWorkers(out);
console.log(`${EDGE_SERVICES.join(", ")} in ${out}; start them there with: workerd serve workerd.capnp`);
