/**
 * The services and the command as plain JavaScript: our own code and drizzle-orm are bundled, what else comes from npm stays a dependency.
 * Files that run as processes or threads of their own are entries, found where the code names them:
 * `new URL("./node_main.ts", import.meta.url)`.
 */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { sourceFiles } from "./source_files.ts";

const ENTRY = /new URL\("\.\/(\w+)\.ts", import\.meta\.url\)/g;

/**
 * Bundles into one flat folder, where every entry is `<name>.js`.
 * @param root The repository.
 * @param out Below the repository, so that what comes from npm is found.
 * @param files Where everything else is that the code reads: beside it, by its path in the repository, e.g. `<out>/migrations`, or still in
 *   the repository.
 * @param more Files that are entries as well.
 * @throws {Error} If two entries have one name, or the code does not bundle.
 */
export async function bundleProgram(
  root: string,
  out: string,
  files: "beside" | "repository",
  more: readonly string[] = [],
): Promise<void> {
  const entries = new Map([join(root, "apps/cli/src/main.ts"), ...more].map((file) => [basename(file, ".ts"), file]));
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
    plugins: [dependenciesStay, placesStay(root, files)],
  });
}

/** The file that npm links as the command: plain JavaScript for Node 20, in `<out>/millrace.mjs`. */
export async function bundleLauncher(root: string, out: string): Promise<void> {
  await build({
    entryPoints: [join(root, "infra/package/bin.mjs")],
    outfile: join(out, "millrace.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
}

/**
 * What comes from npm and is bundled: Node reads the 180 KB of its package.json anew for each of its 200 files, which takes two thirds of a
 * second of every process. Its license is ours.
 */
export const BUNDLED = "drizzle-orm";

const dependenciesStay: Plugin = {
  name: "dependencies stay",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@millrace/") || `${path}/`.startsWith(`${BUNDLED}/`)
        ? undefined
        : { path, external: true },
    );
  },
};

/** Code that has moved into one folder finds its entries there, and all other files where `files` says. */
function placesStay(root: string, files: "beside" | "repository"): Plugin {
  return {
    name: "places stay",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        if (!text.includes("import.meta.url")) return undefined;
        const beside = `new URL(${JSON.stringify(`./${relative(root, path)}`)}, import.meta.url).href`;
        const place = files === "beside" ? beside : JSON.stringify(pathToFileURL(path).href);
        const contents = text
          .replaceAll(ENTRY, 'new URL("./$1.js", import.meta.url)')
          .replaceAll(/(?<!new URL\("\.\/\w+\.js", )import\.meta\.url/g, place);
        return { contents, loader: "ts", resolveDir: dirname(path) };
      });
    },
  };
}
