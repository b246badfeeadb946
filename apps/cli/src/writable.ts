/** Whether something can be written, tried before the long work that ends in writing it. Nothing is left behind or changed. */
import { constants, mkdtemp, open, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./usage_error.ts";

const ELSEWHERE = "choose another place";

/**
 * Checks that a file can be written or replaced.
 * @param option Who asks, for messages, such as `--summary`.
 * @throws {UsageError} If its folder is missing or closed, or it is no file.
 */
export async function requireWritableFile(option: string, file: string): Promise<void> {
  const path = resolve(file);
  const found = await lookAt(path);
  if (found?.isDirectory()) throw new UsageError(`${option} ${file}: expected a file, found a folder`);
  // Opening a pipe would wait for its reader.
  if (found && !found.isFile()) return;
  if (found) return requireTry(`${option} ${file}`, path, () => openToWrite(path));
  const folder = dirname(path);
  const above = await lookAt(folder);
  if (!above) throw new UsageError(`${option} ${file}: there is no folder ${folder}; make it first`);
  if (!above.isDirectory()) throw new UsageError(`${option} ${file}: expected ${folder} to be a folder, found a file`);
  await requireTry(`${option} ${file}`, folder, () => makeInside(folder));
}

/**
 * Checks that a folder can be used, or made with all above it.
 * @param advice What to do where it cannot, for messages.
 * @throws {UsageError} If it, or the nearest that is there above it, is no folder or is closed.
 */
export async function requireWritableFolder(option: string, folder: string, advice = ELSEWHERE): Promise<void> {
  const path = resolve(folder);
  for (let at = path; ; at = dirname(at)) {
    const found = await lookAt(at);
    if (!found) continue;
    const subject = at === path ? "it" : at;
    if (!found.isDirectory())
      throw new UsageError(`${option} ${folder}: expected ${subject} to be a folder, found a file`);
    return requireTry(`${option} ${folder}`, at, () => makeInside(at), advice);
  }
}

async function lookAt(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A file stands where a folder of the path would be: found when that part is looked at.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Tries it: rights alone do not tell of a system that is read-only for all. */
async function requireTry(
  subject: string,
  path: string,
  attempt: () => Promise<void>,
  advice = ELSEWHERE,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${subject}: ${path} cannot be written to (${code ?? message}); ${advice}`);
  }
}

/** How the names of folders begin that are made to try, and taken away at once. */
export const TRIAL = ".millrace-";

async function makeInside(folder: string): Promise<void> {
  await rmdir(await mkdtemp(join(folder, TRIAL)));
}

async function openToWrite(file: string): Promise<void> {
  await (await open(file, constants.O_WRONLY)).close();
}
