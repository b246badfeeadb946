/** `npm run package [folder]`: makes millrace-<version>.tgz, which npm installs. */
import { execFileSync } from "node:child_process";
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLED, bundleLauncher, bundleProgram } from "./bundle.ts";
import { packageManifest } from "./manifest.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Read by the code where it runs, by their paths in the repository. */
const READ = [
  "migrations/**/*.sql",
  "migrations/**/_journal.json",
  "recipes/**/*.{yaml,jsonl}",
  "apps/console/src/assets/*",
  "apps/console/src/islands/*.ts",
  // What the demo's recipe names.
  "docs/**/*.md",
  "{apps,packages}/*/README.md",
];

const out = resolve(process.argv[2] ?? ROOT);
await mkdir(join(ROOT, ".cache"), { recursive: true });
const folder = await mkdtemp(join(ROOT, ".cache/package-"));
try {
  await bundleProgram(ROOT, join(folder, "dist"), "beside");
  await bundleLauncher(ROOT, join(folder, "bin"));
  for await (const file of glob(READ, { cwd: ROOT, exclude: ["**/*_test.ts"] })) await copy(file, join("dist", file));
  for (const file of ["LICENSE", "README.md"]) await copy(file, file);
  const { version } = JSON.parse(await readFile(join(ROOT, "node_modules", BUNDLED, "package.json"), "utf8")) as {
    version: string;
  };
  await writeFile(
    join(folder, "NOTICE"),
    `This package contains ${BUNDLED} ${version}, under the license in LICENSE.\n`,
  );
  await writeFile(join(folder, "package.json"), `${JSON.stringify(await packageManifest(ROOT), null, 2)}\n`);
  const [made] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", out], { cwd: folder, encoding: "utf8" }),
  ) as { filename: string; size: number }[];
  console.log(`${join(out, made?.filename ?? "")} (${Math.round((made?.size ?? 0) / 1024)} KiB)`);
} finally {
  await rm(folder, { recursive: true });
}

async function copy(from: string, to: string): Promise<void> {
  const target = join(folder, to);
  await mkdir(dirname(target), { recursive: true });
  await cp(join(ROOT, from), target);
}
