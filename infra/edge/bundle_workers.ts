/** Services for workerd: each is one module, with everything it imports. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { packAssets } from "../../apps/console/src/runtime/packed_assets.ts";
import { readAssets } from "../../apps/console/src/runtime/read_assets.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Services that have a `runtime/worker.ts`. */
export const EDGE_SERVICES = ["registry", "console", "inference"] as const;
export type EdgeService = (typeof EDGE_SERVICES)[number];

/** Older packages name Node's modules without `node:`, which workerd wants. */
const nodeModules: Plugin = {
  name: "node modules",
  setup({ onResolve }) {
    onResolve({ filter: /^[a-z_/]+$/ }, ({ path }) =>
      builtinModules.includes(path) ? { path: `node:${path}`, external: true } : undefined,
    );
  },
};

/**
 * Writes `<service>.js`, `assets.json`, which is the console's binding `ASSETS`, and the configuration that brings them together.
 * @param out Made if absent.
 */
export async function bundleWorkers(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  await build({
    entryPoints: Object.fromEntries(
      EDGE_SERVICES.map((name) => [name, join(ROOT, "apps", name, "src/runtime/worker.ts")]),
    ),
    outdir: out,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker"],
    // What pg-native would bind is compiled code.
    external: ["node:*", "cloudflare:*", "pg-native"],
    plugins: [nodeModules],
    // For CommonJS packages, which require modules of Node's while they run.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
    logLevel: "warning",
  });
  await writeFile(join(out, "assets.json"), packAssets(readAssets()));
  await copyFile(join(ROOT, "infra/edge/workerd.capnp"), join(out, "workerd.capnp"));
}
