import fc from "fast-check";
import { expect, test } from "vitest";
import { createMember } from "./member.ts";
import { simulate, undisturbed } from "./testing/simulation.ts";
import type { Chooser, SimulatedJob } from "./testing/simulation.ts";
import { createVectorMemory } from "./vector_memory.ts";

/** A 32-bit xorshift: the order of events is a function of the seed, so a failure can be replayed. */
function chooser(seed: number): Chooser {
  let x = seed | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

const job = fc.record({
  leaves: fc.integer({ min: 4, max: 9 }),
  floats: fc.integer({ min: 1, max: 23 }),
  chunkFloats: fc.integer({ min: 2, max: 7 }),
  steps: fc.integer({ min: 1, max: 6 }),
  pauseEvery: fc.integer({ min: 1, max: 4 }),
});
const fault = fc.record({
  atTick: fc.integer({ min: 0, max: 600 }),
  kind: fc.constantFrom("kill", "declareLost", "join"),
  node: fc.nat(),
});

function check(
  job: SimulatedJob,
  size: number,
  faults: readonly { atTick: number; kind: string; node: number }[],
  seed: number,
): void {
  const simulation = simulate(job, size, chooser(seed));
  const due = [...faults].sort((a, b) => a.atTick - b.atTick);
  // Every fault costs at most one more pass over the run; far more ticks than that means no progress.
  const bound = (due.length + 2) * 200_000;
  for (let tick = 0; !simulation.finished || due.length > 0; tick++) {
    if (tick > bound) throw new Error(`no progress after ${tick} events`);
    while (due[0] !== undefined && (due[0].atTick <= tick || simulation.finished)) {
      const { kind, node } = due.shift()!;
      const present = simulation.nodes.filter((each) => !each.lost);
      const victim = present[node % Math.max(1, present.length)]?.name;
      if (kind === "join" && present.length < job.leaves) simulation.join();
      if (kind === "kill" && victim !== undefined) simulation.kill(victim);
      if (kind === "declareLost" && victim !== undefined) simulation.declareLost(victim);
    }
    if (simulation.finished) continue;
    // As the coordinator does: a run without nodes gets a new one, which begins with the initial state.
    if (simulation.nodes.every((node) => node.lost)) simulation.join();
    if (!simulation.tick()) throw new Error(`nothing can happen after ${tick} events, and the run is not finished`);
  }
  const wanted = undisturbed(job);
  for (const node of simulation.nodes) {
    for (const [step, sums] of node.appliedSums) expect(sums, `${node.name} step ${step}`).toEqual(wanted[step]);
  }
  const survivors = simulation.nodes.filter((node) => !node.lost);
  expect(survivors.length).toBeGreaterThan(0);
  for (const node of survivors) {
    expect(node.member.applied).toBe(job.steps);
    expect(node.state).toEqual(survivors[0]!.state);
  }
}

test("step commit gives every member the undisturbed sums when messages are delayed and reordered across links", () => {
  fc.assert(
    fc.property(job, fc.integer({ min: 1, max: 4 }), fc.integer(), (job, size, seed) => check(job, size, [], seed)),
    { numRuns: 100 },
  );
});

test("step commit gives every survivor the undisturbed sums and makes progress when nodes die, hang and join", () => {
  fc.assert(fc.property(job, fc.integer({ min: 1, max: 4 }), fc.array(fault, { maxLength: 8 }), fc.integer(), check), {
    numRuns: 400,
  });
});

test("a member whose state is of no elements has caught up with another's at once", () => {
  const member = createMember({
    run: "simulated",
    self: "late",
    memory: createVectorMemory(),
    applied: 0,
    state: [new Float32Array(0)],
    floats: 2,
    leaves: 2,
    stepsAlone: false,
    pausesAfter: () => false,
  });
  const members = ["early", "late"];
  const view = { generation: 1, members, step: 5, cleared: -1 };
  expect(member.command({ type: "configure", ...view, catchUp: "state", source: "early" })).toEqual([
    { type: "report", report: { type: "ready", generation: 1 } },
  ]);
  expect(member.applied).toBe(5);
});
