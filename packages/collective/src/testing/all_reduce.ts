import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PeerAddress } from "../peer_mesh.ts";
import type { AllReduceOutcome, AllReduceStart, AllReduceTask } from "./all_reduce_main.ts";

const MAIN = fileURLToPath(new URL("./all_reduce_main.ts", import.meta.url));

async function answer<T>(child: ChildProcess): Promise<T> {
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`a process of the all-reduce ended with code ${code}`);
  });
  const [message] = (await Promise.race([once(child, "message"), failed])) as [T];
  failed.catch(() => {});
  return message;
}

/** Runs all-reduces between `processes` processes of this machine, and gives what each of them saw. */
export async function allReduceBetween(
  processes: number,
  task: Omit<AllReduceTask, "self">,
): Promise<AllReduceOutcome[]> {
  const children = Array.from({ length: processes }, () => fork(MAIN, { execArgv: [] }));
  try {
    const members = children.map((_, i) => `process-${i}`);
    const found = await Promise.all(
      children.map((child, i) => {
        child.send({ ...task, self: members[i]! } satisfies AllReduceTask);
        return answer<PeerAddress>(child);
      }),
    );
    const addresses = Object.fromEntries(members.map((name, i) => [name, found[i]!]));
    return await Promise.all(
      children.map((child) => {
        child.send({ members, addresses } satisfies AllReduceStart);
        return answer<AllReduceOutcome>(child);
      }),
    );
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}
