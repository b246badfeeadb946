import type { Span } from "./accumulator.ts";
import { createExchange } from "./exchange.ts";
import type { ExchangeOptions, Outgoing } from "./exchange.ts";
import type { PeerMessage } from "./messages.ts";
import type { LeafRange } from "./tree.ts";

/** What the coordinator tells a member. */
export type Command =
  /** Stop; answer `halted` when nothing is being computed or applied any more. */
  | { readonly type: "halt"; readonly generation: number }
  /** Enter a generation, catch up to `step` applied steps, answer `ready`. */
  | {
      readonly type: "configure";
      readonly generation: number;
      readonly members: readonly string[];
      /** Where the model is cut into stages: the members that have this one's leaves, stage by stage. */
      readonly pipeline?: readonly string[];
      readonly step: number;
      readonly catchUp: "none" | "sums" | "state";
      /** The last pause that is over, in applied steps; -1 if none. */
      readonly cleared: number;
      /** The member to catch up from, when there is something to catch up. */
      readonly source?: string;
    }
  /** Every member is ready: begin. */
  | { readonly type: "go"; readonly generation: number }
  /** The pause after `step` applied steps is over. */
  | { readonly type: "proceed"; readonly generation: number; readonly step: number };

/** What a member tells the coordinator. */
export type Report =
  | { readonly type: "halted"; readonly generation: number; readonly applied: number; readonly holdsSums: boolean }
  | { readonly type: "ready"; readonly generation: number };

/** What the host of a member has to do. */
export type Action =
  | { readonly type: "send"; readonly outgoing: Outgoing }
  /** Let others have a turn, then call `resumed`. */
  | { readonly type: "yield" }
  | { readonly type: "report"; readonly report: Report }
  /** Compute the sum over each part's leaves for a step; give each to `computed`, at once or span by span, or call `abandoned`. */
  | { readonly type: "compute"; readonly step: number; readonly parts: readonly LeafRange[] }
  /** Make a step without sums, then call `stepped`, or call `abandoned`. */
  | { readonly type: "step"; readonly step: number }
  /** Apply the sums of a step to the state, then call `appliedSums`; or, if they have not been applied at all, `abandoned`. The sums must not be changed. */
  | { readonly type: "apply"; readonly step: number; readonly sums: Float32Array }
  /** Do what is due after `step` applied steps (validation, reports), then call `paused`. */
  | { readonly type: "pause"; readonly step: number };

/** What makes a member. */
export interface MemberOptions extends ExchangeOptions {
  /** Whether all members stop after this number of applied steps until the coordinator says `proceed`. */
  pausesAfter(step: number): boolean;
  /** Whether the host can make a step without sums, and would rather do so where there is nobody to exchange them with. */
  readonly stepsAlone?: boolean;
}

/** A member's side of step commit: a state machine that a host drives and a simulated network can test. */
export interface Member {
  readonly applied: number;
  readonly generation: number;
  /** Whether the coordinator has asked to stop: work in progress should be abandoned at the next chance. */
  readonly halting: boolean;
  command(command: Command): Action[];
  /** As `Exchange.place`. */
  place(from: string, message: PeerMessage): Float32Array | undefined;
  /** As `Exchange.receive`. */
  receive(from: string, message: PeerMessage): Action[];
  /** @param spans What of the part's sum is finished now and was not before. */
  computed(part: LeafRange, vector: Float32Array, spans: readonly Span[]): Action[];
  resumed(): Action[];
  abandoned(): Action[];
  appliedSums(): Action[];
  stepped(): Action[];
  paused(): Action[];
}

function sends(outgoing: readonly Outgoing[]): Action[] {
  return outgoing.map((each) => ({ type: "send", outgoing: each }));
}

/** Creates a member in no generation; it waits for `configure`. */
export function createMember(options: MemberOptions): Member {
  const exchange = createExchange(options);
  let generation = -1;
  let phase: "halted" | "catching-up" | "ready" | "running" = "halted";
  let halting = false;
  // What the host is doing for us; a halt waits for it, since it reads or writes the state.
  let work: "none" | "compute" | "step" | "apply" | "pause" = "none";
  let floatsLeft = 0;
  let target = 0;
  let cleared = -1;
  // Whether complete sums could not be applied, and are to be made again in another generation.
  let isGivenUp = false;

  function report(): Action[] {
    if (phase === "catching-up" && exchange.applied === target) {
      phase = "ready";
      return [{ type: "report", report: { type: "ready", generation } }];
    }
    return [];
  }

  function begin(): Action[] {
    const step = exchange.applied;
    if (options.pausesAfter(step) && cleared < step) {
      work = "pause";
      // Whoever goes on from what is kept here remembers nothing either.
      exchange.forget();
      return [{ type: "pause", step }];
    }
    if (options.stepsAlone && exchange.isAlone) {
      work = "step";
      return [{ type: "step", step }];
    }
    work = "compute";
    const parts = exchange.ownParts;
    floatsLeft = parts.length * options.floats;
    return [{ type: "compute", step, parts }];
  }

  /** Moves on wherever nothing is being waited for. */
  function advance(): Action[] {
    if (work !== "none") return [];
    // Complete sums are applied even when halting: that leaves one step less to catch up.
    if (exchange.complete && !isGivenUp) {
      work = "apply";
      return [{ type: "apply", step: exchange.applied, sums: exchange.sums }];
    }
    if (!halting) return report();
    halting = false;
    phase = "halted";
    const { applied, holdsSums } = exchange;
    return [{ type: "report", report: { type: "halted", generation, applied, holdsSums } }];
  }

  /** Sends what a turn gave, and asks for another if there is more to give. */
  function given(outgoing: readonly Outgoing[]): Action[] {
    const rest: Action[] = exchange.owes ? [{ type: "yield" }] : [];
    return [...sends(outgoing), ...rest, ...advance()];
  }

  function next(): Action[] {
    work = "none";
    return halting || phase !== "running" ? advance() : begin();
  }

  function enter(command: Command & { type: "configure" }): Action[] {
    generation = command.generation;
    exchange.configure({ generation, members: command.members });
    phase = "catching-up";
    isGivenUp = false;
    target = command.step;
    cleared = command.cleared;
    if (command.catchUp === "none") return report();
    if (command.source === undefined) throw new TypeError(`generation ${generation}: nobody to catch up from`);
    const step = command.catchUp === "sums" ? exchange.applied : command.step;
    return [...sends(exchange.pull(command.catchUp, command.source, step)), ...report()];
  }

  return {
    get applied() {
      return exchange.applied;
    },
    get generation() {
      return generation;
    },
    get halting() {
      return halting;
    },

    command(command) {
      if (command.type === "configure") return command.generation > generation ? enter(command) : [];
      if (command.generation !== generation) return [];
      if (command.type === "halt") {
        halting = true;
        return advance();
      }
      if (command.type === "go") {
        phase = "running";
        return begin();
      }
      // Told twice, the second time must not begin the step again: its sums may be on their way already.
      const isOver = command.step !== exchange.applied || command.step <= cleared;
      if (phase !== "running" || halting || work !== "none" || isOver) return [];
      cleared = command.step;
      return begin();
    },

    place: (from, message) => (halting || phase === "halted" ? undefined : exchange.place(from, message)),

    receive(from, message) {
      if (halting || phase === "halted") return [];
      return [...sends(exchange.receive(from, message)), ...advance()];
    },

    computed(part, vector, spans) {
      if (work !== "compute") throw new RangeError("a part was given that nobody asked for");
      for (const { start, end } of spans) floatsLeft -= end - start;
      if (floatsLeft === 0) work = "none";
      return halting ? advance() : given(exchange.contribute(part, vector, spans));
    },

    // Of a member that has been halted meanwhile nothing is wanted any more, and of another generation there is something if at all.
    resumed: () => (halting || phase !== "running" ? [] : given(exchange.nextTurn())),

    abandoned() {
      if (!halting) throw new RangeError("work may be abandoned only when the coordinator has halted this member");
      isGivenUp = work === "apply";
      work = "none";
      return advance();
    },

    appliedSums() {
      exchange.commit();
      return next();
    },

    stepped() {
      exchange.commitAlone();
      return next();
    },

    paused() {
      work = "none";
      return advance();
    },
  };
}
