import type { Command, Report } from "./member.ts";

/** What happens to the coordinator. */
export type MembershipInput =
  /** A node is prepared, with a whole state after `applied` steps. */
  | {
      readonly type: "joined";
      readonly member: string;
      readonly applied: number;
      /** The stage whose state it is (default 0, the only one). */
      readonly stage?: number;
    }
  | { readonly type: "lost"; readonly member: string }
  /** Enough nodes have joined (the host decides): form the first generation. */
  | { readonly type: "form" }
  /** Two members cannot reach each other: connect all of them anew. */
  | { readonly type: "reform" }
  /** What was due after `step` applied steps is done: members may go on. */
  | { readonly type: "cleared"; readonly step: number }
  /** The generation was advanced by compare-and-set. */
  | { readonly type: "advanced"; readonly generation: number }
  | (Report & { readonly member: string });

/** What the coordinator's host has to do. */
export type MembershipOutput =
  | { readonly type: "command"; readonly to: string; readonly command: Command }
  /** Advance the generation from `expected` by compare-and-set, then give `advanced`. */
  | { readonly type: "advance"; readonly expected: number }
  /** A node holds no state that the others can go on from, and none of them can give it one: it has to start anew. */
  | { readonly type: "drop"; readonly member: string };

/** The coordinator's side of step commit: decides who is in which generation and who catches up from whom. */
export interface Membership {
  readonly generation: number;
  readonly phase: "waiting" | "halting" | "advancing" | "preparing" | "running";
  /** Members of the current generation, in the order that shares out the leaves; where there are stages, pipeline by pipeline. */
  readonly members: readonly string[];
  /** The same members as pipelines, each with one member a stage. */
  readonly pipelines: readonly (readonly string[])[];
  /** Steps that every member of the running generation had applied when it began. */
  readonly step: number;
  input(input: MembershipInput): MembershipOutput[];
}

interface Candidate {
  readonly stage: number;
  applied: number;
  holdsSums: boolean;
}

function tell(to: string, command: Command): MembershipOutput {
  return { type: "command", to, command };
}

/**
 * Creates the coordinator's state machine.
 * @param generation The generation held in the store when the coordinator took over.
 * @param stages Into how many parts, each with its own state, the model is cut.
 */
export function createMembership(generation: number, stages = 1): Membership {
  const candidates = new Map<string, Candidate>();
  let phase: Membership["phase"] = "waiting";
  let formed = false;
  let members: string[] = [];
  let pipelines: string[][] = [];
  let awaited = new Set<string>();
  let step = 0;
  let cleared = -1;

  function halt(): MembershipOutput[] {
    const running = members.filter((member) => candidates.has(member));
    phase = "halting";
    awaited = new Set(running);
    return [...running.map((to) => tell(to, { type: "halt", generation })), ...whenHalted()];
  }

  function whenHalted(): MembershipOutput[] {
    if (phase !== "halting" || awaited.size > 0) return [];
    members = [];
    if (candidates.size === 0) {
      phase = "waiting";
      return [];
    }
    phase = "advancing";
    return [{ type: "advance", expected: generation }];
  }

  /** The latest step that every stage has a holder of; -1 if there is none. */
  function latestStep(columns: readonly (readonly string[])[]): number {
    const steps = [...candidates.values()].map(({ applied }) => applied);
    const isHeld = (step: number): boolean =>
      columns.every((column) => column.some((member) => candidates.get(member)!.applied === step));
    return Math.max(-1, ...steps.filter(isHeld));
  }

  function configure(): MembershipOutput[] {
    const columns = Array.from({ length: stages }, (_, stage) =>
      [...candidates].filter(([, candidate]) => candidate.stage === stage).map(([member]) => member),
    );
    members = [];
    phase = "waiting";
    const count = Math.min(...columns.map((column) => column.length));
    if (count === 0) return [];
    step = latestStep(columns);
    if (step < 0) {
      const out = [...candidates.keys()].map((member) => ({ type: "drop" as const, member }));
      candidates.clear();
      return out;
    }
    phase = "preparing";
    const isCurrent = (member: string): boolean => candidates.get(member)!.applied === step;
    // Where a stage has more nodes than another, those that have nothing to catch up go first.
    const chosen = columns.map((column) => {
      const first = new Set(
        [...column.filter(isCurrent), ...column.filter((member) => !isCurrent(member))].slice(0, count),
      );
      return column.filter((member) => first.has(member));
    });
    pipelines = Array.from({ length: count }, (_, pipeline) => chosen.map((column) => column[pipeline]!));
    members = pipelines.flat();
    awaited = new Set(members);
    return pipelines.flatMap((pipeline) => pipeline.map((to, stage) => enter(to, chosen[stage]!, pipeline)));
  }

  /**
   * @param column Members of the same stage, which share the leaves.
   * @param pipeline Members that share the member's leaves.
   */
  function enter(to: string, column: readonly string[], pipeline: readonly string[]): MembershipOutput {
    const current = column.filter((member) => candidates.get(member)!.applied === step);
    const holder = current.find((member) => candidates.get(member)!.holdsSums);
    const base = { type: "configure" as const, generation, members: column, step, cleared };
    const command = stages === 1 ? base : { ...base, pipeline };
    const { applied } = candidates.get(to)!;
    if (applied === step) return tell(to, { ...command, catchUp: "none" });
    // To apply sums a stage wants squares of the others of its pipeline, which do not say them twice.
    const canApply = stages === 1 && applied === step - 1;
    if (canApply && holder !== undefined) return tell(to, { ...command, catchUp: "sums", source: holder });
    // Until it is halted again its state may be half written; what it then reports replaces this.
    return tell(to, { ...command, catchUp: "state", source: current[0]! });
  }

  function ready(member: string): MembershipOutput[] {
    awaited.delete(member);
    if (awaited.size > 0) return [];
    phase = "running";
    return members.map((to) => tell(to, { type: "go", generation }));
  }

  /** Membership changed: whatever is under way is done again with those who are there now. */
  function change(): MembershipOutput[] {
    if (!formed || phase === "advancing") return [];
    return phase === "halting" ? whenHalted() : halt();
  }

  return {
    get generation() {
      return generation;
    },
    get phase() {
      return phase;
    },
    get members() {
      return members;
    },
    get pipelines() {
      return members.length === 0 ? [] : pipelines;
    },
    get step() {
      return step;
    },

    input(input) {
      switch (input.type) {
        case "joined":
          candidates.set(input.member, { stage: input.stage ?? 0, applied: input.applied, holdsSums: false });
          return change();
        case "lost":
          if (!candidates.delete(input.member)) return [];
          awaited.delete(input.member);
          return change();
        case "form":
          if (formed) return [];
          formed = true;
          return change();
        case "reform":
          return phase === "running" || phase === "preparing" ? halt() : [];
        case "cleared":
          cleared = input.step;
          return phase === "running"
            ? members.map((to) => tell(to, { type: "proceed", generation, step: input.step }))
            : [];
        case "advanced":
          generation = input.generation;
          return configure();
        case "halted": {
          const candidate = candidates.get(input.member);
          if (phase !== "halting" || input.generation !== generation || candidate === undefined) return [];
          candidate.applied = input.applied;
          candidate.holdsSums = input.holdsSums;
          awaited.delete(input.member);
          return whenHalted();
        }
        case "ready":
          return phase === "preparing" && input.generation === generation ? ready(input.member) : [];
      }
    },
  };
}
