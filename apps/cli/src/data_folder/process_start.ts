import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * When a process started, as text that is only good for comparing: with the number it identifies a process for as long as the
 * machine runs.
 * @param pid Process number.
 * @returns Undefined when there is no such process, or it has ended and only its number is still taken.
 * @throws {Error} If the system does not say.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? fromProc(pid) : startByPs(pid);
}

async function fromProc(pid: number): Promise<string | undefined> {
  let line: string;
  try {
    line = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  return startInStat(line, boot);
}

/** Reads a line of `/proc/<pid>/stat`; the second field is the name in brackets and may hold blanks and brackets itself. */
export function startInStat(line: string, boot: string): string | undefined {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  // Field 22 of all. A zombie is dead, though its number is still taken.
  return fields[0] === "Z" ? undefined : `${boot} ${fields[19]}`;
}

/** As `startTimeOf`, where there is no `/proc`. */
export async function startByPs(pid: number): Promise<string | undefined> {
  // The time is told in the reader's language and time zone: it must be the same text for every reader, at home and abroad.
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  try {
    // In BSD's ps, what follows `=` is the heading up to the end: each column takes an option of its own.
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)], { env });
    return startInPs(stdout);
  } catch (error) {
    // ps ends with 1 when it has found no process; a ps that cannot be run says nothing about the process.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}

/** Reads what `ps -o stat= -o lstart=` says of one process: `S+   Thu Nov 26 17:02:45 2026`. */
export function startInPs(output: string): string | undefined {
  const [, state = "", start] = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(output) ?? [];
  return state.startsWith("Z") ? undefined : start?.replaceAll(/\s+/g, " ");
}
