import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Does work that two processes must not do at once, such as an install in one folder; a lock whose owner is gone is taken over.
 * @param {string} lock A file that is there while somebody works.
 * @param {() => void} work
 */
export async function oneAtATime(lock, work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      const file = openSync(lock, "wx");
      writeFileSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
    // An empty file is a lock that is just being made; after two seconds its maker is taken for dead.
    if (owner ? !isAlive(owner) : waited >= 10) rmSync(lock, { force: true });
    else if (waited === 0) console.error(`Waiting for another install in this folder (process ${owner}) ...`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}
