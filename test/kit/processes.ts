import { readdir, readFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine that can be seen. */
async function processes(): Promise<ProcessInfo[]> {
  if (process.platform === "linux") return linuxProcesses();
  // In BSD's ps, what follows `=` is the heading up to the end: each column takes an option of its own. -ww cuts no line.
  const columns = ["-o", "pid=", "-o", "ppid=", "-o", "command="];
  const { stdout } = await promisify(execFile)("ps", ["-axww", ...columns], { maxBuffer: 1 << 24 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), command };
    });
}

async function linuxProcesses(): Promise<ProcessInfo[]> {
  const found = await Promise.all(
    (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .map(async (name): Promise<ProcessInfo[]> => {
        try {
          const stat = await readFile(`/proc/${name}/stat`, "utf8");
          const command = (await readFile(`/proc/${name}/cmdline`, "utf8")).replaceAll("\0", " ");
          return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]), command }];
        } catch {
          return []; // It ended while it was looked at.
        }
      }),
  );
  return found.flat();
}

/**
 * Children of a process, and theirs, whose command line holds a word.
 * @param word E.g. the name of the program's file.
 */
export async function descendants(pid: number, word: string): Promise<ProcessInfo[]> {
  const all = await processes();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => one.pid !== pid && family.has(one.pid) && one.command.includes(word));
}
