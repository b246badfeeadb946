import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:process";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const libc = platform === "linux" ? "-glibc" : "";
/** Where npm has put the platform's program; the packages' own install scripts are not needed for it. */
const PLACES = {
  deno: [`@deno/${platform}-${arch}${libc}`, "deno"],
  workerd: [`@cloudflare/workerd-${platform}-${arch === "x64" ? "64" : arch}`, "bin/workerd"],
} as const;
export type Program = keyof typeof PLACES;

function find(program: Program): string | undefined {
  const [name, file] = PLACES[program];
  try {
    const path = join(dirname(require.resolve(`${name}/package.json`)), file);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Why a runtime cannot be had here; undefined when it can. */
export function programUnavailable(program: Program): string | undefined {
  return find(program) === undefined ? `npm has no ${program} for ${platform} on ${arch}` : undefined;
}

/** @throws {Error} If it cannot be had. */
export function programOf(program: Program): string {
  const found = find(program);
  if (found === undefined) throw new Error(`starting ${program}: ${programUnavailable(program)}`);
  return found;
}
