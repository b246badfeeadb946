import { getSystemErrorMap } from "node:util";
import { loadLibrary } from "@millrace/execution/native";
import koffi from "koffi";

/** A stretch of another process's memory, and where its bytes are to go. */
export interface Stretch {
  readonly at: number;
  readonly into: Uint8Array;
}

/** Memory of processes of the same user on the same machine. */
export interface ProcessMemory {
  /** Where bytes lie in this process. Holds as long as they are kept; they must not be a small array of the engine's own making, which moves. */
  addressOf(bytes: Uint8Array): number;
  /** Copies stretches out of a process's memory, one after the other. @throws {Error} If they cannot all be had. */
  read(pid: number, stretches: readonly Stretch[]): void;
}

/** Most stretches of a call. */
const MOST = 2;
/** Of prctl(2). */
const PR_SET_PTRACER = 0x59616d61;

/**
 * Opens it, by process_vm_readv(2). Where Yama lets processes be read by those alone that have started them, this one lets itself be read
 * by what its parent has started too.
 * @throws {Error} If this system has no such call.
 */
export function openProcessMemory(): ProcessMemory {
  const program = loadLibrary(null);
  const readv = program.func("long process_vm_readv(int, void *, unsigned long, void *, unsigned long, unsigned long)");
  // Fails where there is no Yama, which then need not be asked; where it was needed the first reading fails and says so.
  const prctl = program.func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)");
  // What the first process of all has started is everything.
  if (process.ppid > 1) prctl(PR_SET_PTRACER, process.ppid, 0, 0, 0);
  // Pairs of address and length. An explicit buffer never moves.
  const [here, there] = [
    new BigUint64Array(new ArrayBuffer(16 * MOST)),
    new BigUint64Array(new ArrayBuffer(16 * MOST)),
  ];
  return {
    addressOf: (bytes) => Number(koffi.address(bytes)),
    read(pid, stretches) {
      let wanted = 0;
      stretches.forEach(({ at, into }, index) => {
        here.set([koffi.address(into), BigInt(into.length)], 2 * index);
        there.set([BigInt(at), BigInt(into.length)], 2 * index);
        wanted += into.length;
      });
      const read = Number(readv(pid, here, stretches.length, there, stretches.length, 0));
      const errno = koffi.errno();
      if (read === wanted) return;
      const found = read < 0 ? (getSystemErrorMap().get(-errno)?.[0] ?? `error ${errno}`) : `${read} bytes`;
      throw new Error(`reading ${wanted} bytes of the memory of process ${pid}: ${found}`);
    },
  };
}
