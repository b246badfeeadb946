import type { RuntimeFingerprint } from "./executor.ts";

/**
 * Compares two fingerprints.
 * @returns Undefined if equal graphs give equal bits on both; else what differs, in words for the one who is refused.
 */
export function arithmeticDifference(wanted: RuntimeFingerprint, found: RuntimeFingerprint): string | undefined {
  for (const part of ["runtime", "library", "probe"] as const) {
    if (wanted[part] !== found[part]) {
      return `${part} is ${found[part]} (${found.kernelClass}), wanted ${wanted[part]} (${wanted.kernelClass})`;
    }
  }
  return undefined;
}
