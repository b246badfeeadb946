import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** One import of one file. */
export interface Import {
  /** Path from the repository's root. */
  readonly file: string;
  /** As written. */
  readonly specifier: string;
}

const STATEMENT = /^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)";?$/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

/** Lists source files below folders, `node_modules` and `testdata` left out. */
export async function sourceFiles(root: string, folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  return found
    .flat()
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(?:^|\/)(?:node_modules|testdata)\//.test(file))
    .toSorted();
}

/** Reads what a file imports, statically or with a literal. */
export async function importsOf(root: string, file: string): Promise<Import[]> {
  const text = await readFile(join(root, file), "utf8");
  return [...text.matchAll(STATEMENT), ...text.matchAll(DYNAMIC)].map(([, specifier = ""]) => ({ file, specifier }));
}

/** The file that a relative import means, from the repository's root. */
export function target(root: string, { file, specifier }: Import): string {
  return relative(root, resolve(join(root, dirname(file)), specifier));
}

/** `packages/bus` for `packages/bus/src/mod.ts`. */
export function workspaceOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}
