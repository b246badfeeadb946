/** Examples of integer operations for which the WebGPU provider has no kernels. Training has none of them: `plainBits` spells out those of dropout. */
export const WITHOUT_KERNELS = new Set([
  "32-bit integers that wrap, and their bits",
  "bitwiseXor of signed integers",
  "cast",
  "range up to a run-time extent",
]);
