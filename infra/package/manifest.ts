import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BUNDLED } from "./bundle.ts";

const Manifest = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** Left out where its install script fails; the command puts it in place then. */
const OPTIONAL = "onnxruntime-node";

/**
 * The installed package's `package.json`: what the command and everything it imports of ours depend on and is not bundled, and the Node that
 * it runs on.
 * @param root The repository.
 * @throws {Error} If two of ours want different versions of one dependency.
 */
export async function packageManifest(root: string): Promise<object> {
  const { version, license } = await manifestOf(join(root, "apps/cli"));
  const dependencies: Record<string, string> = { node: (await manifestOf(root)).dependencies["node"] ?? "" };
  const waiting = ["millrace"];
  for (const name of waiting) {
    const own = await manifestOf(join(root, "node_modules", name));
    for (const [dependency, wanted] of Object.entries(own.dependencies)) {
      if (dependency.startsWith("@millrace/")) {
        if (!waiting.includes(dependency)) waiting.push(dependency);
        continue;
      }
      if (dependency === BUNDLED) continue;
      const other = dependencies[dependency] ?? wanted;
      if (other !== wanted)
        throw new Error(`packing: ${name} wants ${dependency} ${wanted}, another package ${other}; wanted one version`);
      dependencies[dependency] = wanted;
    }
  }
  const { [OPTIONAL]: runtime = "", ...others } = dependencies;
  return {
    name: "millrace",
    version,
    license,
    description: "From raw text to a served and watched language model of your own, driven by events.",
    type: "module",
    bin: { millrace: "bin/millrace.mjs" },
    engines: { node: ">=20" },
    os: ["linux", "darwin"],
    dependencies: Object.fromEntries(Object.entries(others).sort(([left], [right]) => (left < right ? -1 : 1))),
    optionalDependencies: { [OPTIONAL]: runtime },
  };
}

async function manifestOf(folder: string): Promise<z.infer<typeof Manifest>> {
  return Manifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}
