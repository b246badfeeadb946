import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * When a process started, as text that is only good for comparing: with the number it identifies a process for as long as the
 * machine runs.
 * @param pid Process number.
 * @throws If there is no such process.
 */
export async function startTimeOf(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    // Field 22; the second field is the name in brackets and may hold blanks and brackets itself.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    // A zombie is dead, though its number is still taken.
    if (fields[0] === "Z") throw new Error(`looking at process ${pid}: it has ended`);
    return `${boot} ${fields[19]}`;
  }
  const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
  return stdout.trim();
}
