import { availableParallelism, totalmem } from "node:os";
import type { Machine } from "../run/estimate.ts";

/** Cores and memory that this process may use; a container's limit may be far below the machine's memory. */
export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
  };
}
