import type { GenerationStore } from "./ports.ts";

/** Generations in this process's memory: enough where nobody else could coordinate the same run. */
export function memoryGenerations(): GenerationStore {
  const held = new Map<string, number>();
  return {
    current: (run) => Promise.resolve(held.get(run) ?? 0),
    advance(run, expected) {
      if ((held.get(run) ?? 0) !== expected) return Promise.resolve(undefined);
      held.set(run, expected + 1);
      return Promise.resolve(expected + 1);
    },
  };
}
