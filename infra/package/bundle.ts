/**
 * The services and the command as plain JavaScript: our own code is bundled, what comes from npm stays a dependency. Files that run as
 * processes or threads of their own are entries, found where the code names them: `new URL("./node_main.ts", import.meta.url)`.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { sourceFiles } from "./source_files.ts";

const ENTRY = /new URL\("\.\/(\w+)\.ts", import\.meta\.url\)/g;

/**
 * Bundles into one flat folder, where every entry is `<name>.js`.
 * @param root The repository.
 * @param out Where everything else that the code reads lies too, by its path in the repository, e.g. `<out>/migrations`.
 * @throws {Error} If two entries have one name, or the code does not bundle.
 */
export async function bundle(root: string, out: string): Promise<void> {
  const entries = new Map([["main", join(root, "apps/cli/src/main.ts")]]);
  for (const file of await sourceFiles(root)) {
    for (const [, name = ""] of (await readFile(file, "utf8")).matchAll(ENTRY)) {
      const path = join(dirname(file), `${name}.ts`);
      if ((entries.get(name) ?? path) !== path)
        throw new Error(
          `bundling: found two entries "${name}", ${entries.get(name)} and ${path}; wanted one of each name`,
        );
      entries.set(name, path);
    }
  }
  await build({
    entryPoints: Object.fromEntries(entries),
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    chunkNames: "part-[hash]",
    logLevel: "warning",
    plugins: [dependenciesStay, placesStay(root)],
  });
  await build({
    entryPoints: [join(root, "infra/package/bin.mjs")],
    outfile: join(dirname(out), "bin/millrace.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
}

const dependenciesStay: Plugin = {
  name: "dependencies stay",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@millrace/") ? undefined : { path, external: true },
    );
  },
};

/** Code that has moved into one folder finds its entries there, and all other files by their place in the repository. */
function placesStay(root: string): Plugin {
  return {
    name: "places stay",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        if (!text.includes("import.meta.url")) return undefined;
        const place = JSON.stringify(`./${relative(root, path)}`);
        const contents = text
          .replaceAll(ENTRY, 'new URL("./$1.js", import.meta.url)')
          .replaceAll(/(?<!new URL\("\.\/\w+\.js", )import\.meta\.url/g, `new URL(${place}, import.meta.url).href`);
        return { contents, loader: "ts", resolveDir: dirname(path) };
      });
    },
  };
}
