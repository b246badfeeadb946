/** Folders in which artifacts are put together before they are sent. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const PREFIX = "millrace-artifact-";

/** What nobody has written to for so long is not about to be sent any more: one PUT takes 5 GB at most. */
const OLD_MS = 24 * 3_600_000;

/** Makes a folder for one artifact. */
export function makeSpool(folder: string): Promise<string> {
  return mkdtemp(join(folder, PREFIX));
}

/**
 * Removes what processes that were killed while they put an artifact have left, of this user. Others may work in the same folder, on
 * other machines too, so age alone tells.
 * @param folder Of temporary files.
 * @param nowMs Milliseconds since 1970.
 */
export async function removeOldSpools(folder: string, nowMs: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(PREFIX)) continue;
    const spool = join(folder, entry.name);
    try {
      if (!(await isOld(spool, nowMs))) continue;
    } catch (error) {
      // Its owner has ended with it meanwhile.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    await rm(spool, { recursive: true, force: true });
  }
}

async function isOld(spool: string, nowMs: number): Promise<boolean> {
  const { uid, mtimeMs } = await stat(spool);
  if (uid !== process.getuid?.()) return false;
  const written = await Promise.all((await readdir(spool)).map((name) => stat(join(spool, name))));
  return Math.max(mtimeMs, ...written.map((file) => file.mtimeMs)) < nowMs - OLD_MS;
}
