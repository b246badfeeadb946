import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Fingerprint } from "../training_job.ts";

const main = fileURLToPath(new URL("./arithmetic_main.ts", import.meta.url));

/**
 * Finds how this machine's processor computes trainings, in a process of its own, so that this one needs no runtime for models.
 * @throws {Error} If the runtime cannot be loaded.
 */
export async function findArithmetic(): Promise<Fingerprint> {
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  return Fingerprint.parse(JSON.parse(stdout));
}
