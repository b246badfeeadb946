import { expect, test } from "vitest";
import { createMembership, type Membership, type MembershipOutput } from "./membership.ts";

/** Two stages; nodes whose names end in the number of their stage. */
function stages(...nodes: readonly (readonly [name: string, applied: number])[]): Membership {
  const membership = createMembership(0, 2);
  for (const [member, applied] of nodes) join(membership, member, applied);
  membership.input({ type: "form" });
  return membership;
}

function join(membership: Membership, member: string, applied: number): MembershipOutput[] {
  return membership.input({ type: "joined", member, applied, stage: Number(member.at(-1)) });
}

const advance = (membership: Membership): MembershipOutput[] =>
  membership.input({ type: "advanced", generation: membership.generation + 1 });

/** What each member is told to enter: who shares its stage, who its pipeline, and how it catches up. */
function entered(outputs: readonly MembershipOutput[]): Record<string, unknown> {
  return Object.fromEntries(
    outputs.flatMap((output) => {
      if (output.type !== "command" || output.command.type !== "configure") return [];
      const { members, pipeline, catchUp, source } = output.command;
      return [[output.to, { members, pipeline, catchUp, source }]];
    }),
  );
}

test("a generation of stages has as many pipelines as there are nodes for, and each member sees its own stage", () => {
  const membership = stages(["a0", 0], ["b1", 0], ["c0", 0], ["d1", 0], ["e1", 0]);
  const none = { catchUp: "none", source: undefined };
  expect(entered(advance(membership))).toEqual({
    a0: { members: ["a0", "c0"], pipeline: ["a0", "b1"], ...none },
    b1: { members: ["b1", "d1"], pipeline: ["a0", "b1"], ...none },
    c0: { members: ["a0", "c0"], pipeline: ["c0", "d1"], ...none },
    d1: { members: ["b1", "d1"], pipeline: ["c0", "d1"], ...none },
  });
  expect(membership.members).toEqual(["a0", "b1", "c0", "d1"]);
});

test("a generation of stages goes on from the latest step that every stage has a holder of", () => {
  const membership = stages(["a0", 7], ["b1", 6], ["c0", 6], ["d1", 5]);
  expect(entered(advance(membership))).toMatchObject({
    a0: { catchUp: "state", source: "c0" },
    b1: { catchUp: "none" },
    c0: { catchUp: "none" },
    d1: { catchUp: "state", source: "b1" },
  });
  expect(membership.step).toBe(6);
});

test("a stage that lags by a step is given the state, also where another holds the sums", () => {
  const membership = stages(["a0", 0], ["b1", 0], ["c0", 0], ["d1", 0]);
  advance(membership);
  const { generation } = membership;
  for (const member of membership.members) membership.input({ type: "ready", member, generation });
  membership.input({ type: "reform" });
  for (const [member, applied] of [
    ["a0", 1],
    ["b1", 1],
    ["c0", 1],
    ["d1", 0],
  ] as const) {
    membership.input({ type: "halted", member, generation, applied, holdsSums: true });
  }
  expect(entered(advance(membership))).toMatchObject({ d1: { catchUp: "state", source: "b1" } });
});

test("a generation of stages waits while a stage has nobody", () => {
  const membership = stages(["a0", 3], ["b0", 3]);
  expect(advance(membership)).toEqual([]);
  expect(membership.phase).toBe("waiting");
  expect(join(membership, "c1", 3)).toEqual([{ type: "advance", expected: 1 }]);
  expect(entered(advance(membership))).toMatchObject({
    a0: { pipeline: ["a0", "c1"] },
    c1: { pipeline: ["a0", "c1"] },
  });
});

test("nodes of stages that have no step in common have to start anew, and do so together", () => {
  const membership = stages(["a0", 9], ["b1", 5]);
  expect(advance(membership)).toEqual([
    { type: "drop", member: "a0" },
    { type: "drop", member: "b1" },
  ]);
  expect(membership.phase).toBe("waiting");
  expect(join(membership, "a0", 5)).toEqual([{ type: "advance", expected: 1 }]);
  expect(advance(membership)).toEqual([]);
  join(membership, "b1", 5);
  expect(Object.keys(entered(advance(membership)))).toEqual(["a0", "b1"]);
});
