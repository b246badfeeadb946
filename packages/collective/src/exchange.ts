import type { Span } from "./accumulator.ts";
import { createInbox } from "./inbox.ts";
import { createLossyLane } from "./lossy_lane.ts";
import type { LossyOptions } from "./lossy_wire.ts";
import type { PartialMessage, PeerMessage, StateMessage, SumMessage } from "./messages.ts";
import { chunkCountOf, chunkFloatsFor, exchangePlan } from "./plan.ts";
import type { ExchangePlan, VectorShape } from "./plan.ts";
import type { LeafRange } from "./tree.ts";
import { createTreeFinisher } from "./tree_finisher.ts";
import type { VectorMemory } from "./vector_memory.ts";

/**
 * The data side of step commit, for one member: which chunk goes where, what may be overwritten when.
 *
 * One buffer of sums is enough, and it doubles as the promise of step commit: the sums of step t are overwritten only by
 * sums of step t + 1, which exist only once every member has sent partials of t + 1, that is, has applied t. Until then
 * this member can give the sums of t to one that lags. No I/O and no clock here: messages in, messages out.
 */
export interface Exchange {
  /** Number of steps applied to the state, or -1 while the state is not whole. */
  readonly applied: number;
  /** The sums being gathered for step `applied`, or those of the step before while none has arrived. */
  readonly sums: Float32Array;
  /** Whether all sums of step `applied` are there. */
  readonly complete: boolean;
  /** Whether the sums of the last applied step are still whole, so that a laggard can have them. */
  readonly holdsSums: boolean;
  /** Whether this member is the only one of its generation. */
  readonly isAlone: boolean;
  /** Parts of the tree this member computes in this generation. */
  readonly ownParts: readonly LeafRange[];
  /** Enters a generation. Everything in flight of an older one is dropped. */
  configure(view: View): void;
  /**
   * Gives this member's sum over the leaves of one of its parts, for step `applied`, as far as it is finished. What was given is to stay
   * as it is until the step's sums are complete. Of many chunks only the first are dealt with: see `owes`.
   * @param spans What is finished now and was not before.
   */
  contribute(part: LeafRange, vector: Float32Array, spans: readonly Span[]): Outgoing[];
  /** Whether chunks that were contributed are still to be dealt with. */
  readonly owes: boolean;
  /** Deals with the next of them; nothing if there are none. */
  nextTurn(): Outgoing[];
  /** Where the payload of a message belongs, or undefined if the message is to be dropped. @throws {RangeError} If it breaks the protocol. */
  place(from: string, message: PeerMessage): Float32Array | undefined;
  /** Takes a message whose payload, if any, lies where `place` said. */
  receive(from: string, message: PeerMessage): Outgoing[];
  /** Drops what members remember of steps before, which is not in their state; what follows depends on the state alone. */
  forget(): void;
  /** The host has applied the sums of step `applied`. */
  commit(): void;
  /** The host has made step `applied` without sums. @throws {RangeError} If there are other members, which would have none either. */
  commitAlone(): void;
  /** Asks `source` for the sums of step `applied`, or for its state after `step` steps. */
  pull(what: "sums" | "state", source: string, step: number): Outgoing[];
}

/** The members of one generation, in the order that shares out leaves and chunks. */
export interface View {
  readonly generation: number;
  readonly members: readonly string[];
}

/** A message for another member. The payload is a view, not a copy; it stays valid until the receiver no longer needs it. */
export interface Outgoing {
  readonly to: string;
  readonly message: PeerMessage;
  readonly payload?: Float32Array;
}

/** What makes an exchange. */
export interface ExchangeOptions extends VectorShape {
  readonly run: string;
  readonly self: string;
  /** Where the sums live, and what comes from others until it is added; vectors that are contributed are added fastest from there too. */
  readonly memory: VectorMemory;
  /** Steps already applied to `state`. */
  readonly applied: number;
  /** Lets numbers lose bits on their way. The sums are the same on all members, but depend on how many there are. */
  readonly lossy?: LossyOptions;
  /** Chunks that are dealt with in a turn (default: all, or 16 where numbers lose bits, which takes some milliseconds each). Changes no result. */
  readonly chunksATurn?: number;
  /** The vectors that make the state of a member (parameters, optimiser moments), written in place by a state transfer. */
  readonly state: readonly Float32Array[];
}

const LOSSY_CHUNKS_A_TURN = 16;

/**
 * Creates the exchange of one member. It takes part in no generation until `configure`.
 * @throws {RangeError} If the shape is not positive.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { run, self, state, floats, memory } = options;
  const chunkFloats = options.chunkFloats ?? chunkFloatsFor(floats);
  const chunkCount = chunkCountOf(floats, chunkFloats);
  const sums = memory.take(floats);
  // Step whose finished sum lies in each chunk of `sums`; -1 when none.
  const sumStep = new Int32Array(chunkCount).fill(-1);
  let finished = 0;
  let applied = options.applied;
  let view: View = { generation: -1, members: [] };
  let plan: ExchangePlan = exchangePlan(options, 1);
  let me = 0;
  let received = memory.take(0);
  const finishTree = createTreeFinisher(memory);
  let inbox = createInbox(plan, 0, room);
  const { chunksATurn = options.lossy ? LOSSY_CHUNKS_A_TURN : chunkCount } = options;
  // What is left to do of contributions.
  const turns: (() => Outgoing[])[] = [];
  // Floats of each chunk that are still to be contributed, by part.
  const missing = new Map<number, number[]>();
  const lane = options.lossy && createLossyLane({ floats, chunkFloats, memory }, options.lossy);
  let source: { name: string; what: "sums" | "state"; step: number; missing: Set<string> } | undefined;

  const stamp = (): { run: string; generation: number; step: number } => ({
    run,
    generation: view.generation,
    step: applied,
  });
  const chunkOf = (vector: Float32Array, chunk: number): Float32Array =>
    vector.subarray(chunk * chunkFloats, Math.min(vector.length, (chunk + 1) * chunkFloats));
  const others = (): string[] => view.members.filter((name) => name !== self);
  const holds = (step: number): boolean => step >= 0 && sumStep.every((held) => held === step);

  /** The same memory for the inbox of each generation: what was in it is void. */
  function room(floats: number): Float32Array {
    if (received.length < floats) received = memory.take(floats);
    return received.subarray(0, floats);
  }

  /** Sends chunk of a part to its owner, or takes it in. */
  function contributeChunk(chunk: number, part: number, vector: Float32Array): Outgoing[] {
    const values = chunkOf(vector, chunk);
    const owner = plan.ownerOf(chunk);
    if (owner === me) {
      inbox.own(chunk, part, applied, values);
      return settle(chunk);
    }
    const firstOwn = plan.parts.findIndex(({ member }) => member === me);
    const payload = lane?.sendPartial(chunk, part - firstOwn, values) ?? values;
    return [{ to: view.members[owner]!, message: { kind: "partial", ...stamp(), chunk, part }, payload }];
  }

  /** Chunks of a part that have nothing missing any more, now that spans of it are finished. */
  function finish(part: number, spans: readonly Span[]): number[] {
    const { chunkSpan } = plan;
    const left =
      missing.get(part) ??
      Array.from({ length: chunkCount }, (_, chunk) => chunkSpan(chunk).end - chunkSpan(chunk).start);
    const whole: number[] = [];
    for (const { start, end } of spans) {
      for (let chunk = Math.floor(start / chunkFloats); chunk * chunkFloats < end; chunk++) {
        const bounds = chunkSpan(chunk);
        left[chunk]! -= Math.min(end, bounds.end) - Math.max(start, bounds.start);
        if (left[chunk] === 0) whole.push(chunk);
      }
    }
    if (left.every((floats) => floats === 0)) missing.delete(part);
    else missing.set(part, left);
    return whole;
  }

  function nextTurn(): Outgoing[] {
    return turns.shift()?.() ?? [];
  }

  function settle(chunk: number): Outgoing[] {
    const step = applied;
    const arrived = inbox.take(chunk, step);
    if (arrived === undefined) return [];
    const sum = chunkOf(sums, chunk);
    const values = lane
      ? arrived.map((words, part) => (plan.parts[part]!.member === me ? words : lane.partial(chunk, part, words)))
      : arrived;
    finishTree(plan.additions, values, sum);
    const receivers = others();
    // What nobody is sent loses nothing.
    const isEncoded = lane !== undefined && receivers.length > 0;
    const payload = isEncoded ? lane.sendSum(chunk, sum) : sum;
    // Without words there is nothing that one who lags could be given.
    sumStep[chunk] = lane === undefined || isEncoded ? step : -1;
    finished++;
    return receivers.map((to) => ({ to, message: { kind: "sum", ...stamp(), chunk }, payload }));
  }

  function placePartial(from: string, message: PartialMessage): Float32Array | undefined {
    const part = plan.parts[message.part];
    if (part === undefined || view.members[part.member] !== from || message.chunk >= chunkCount) {
      throw new RangeError(
        `member "${from}" sent chunk ${message.chunk} of part ${message.part}, which is not its own`,
      );
    }
    if (plan.ownerOf(message.chunk) !== me) {
      throw new RangeError(
        `member "${from}" sent partials of chunk ${message.chunk} to "${self}", which does not own it`,
      );
    }
    // One step ahead is possible: the sender got all sums of this step while some are still on their way here.
    const ahead = message.step === applied + 1 && sumStep[message.chunk] === applied;
    if (message.step !== applied && !ahead) return undefined;
    const slot = inbox.slot(message.chunk, message.part, message.step);
    return lane && slot ? lane.travelling(message.chunk, slot) : slot;
  }

  function placeSum(from: string, message: SumMessage): Float32Array | undefined {
    const owner = view.members[plan.ownerOf(message.chunk)];
    if (message.chunk >= chunkCount || (from !== owner && from !== source?.name)) {
      throw new RangeError(`member "${from}" sent the sum of chunk ${message.chunk}, which "${owner}" owns`);
    }
    if (message.step !== applied || sumStep[message.chunk] === applied) return undefined;
    // From here on the chunk holds neither the old sum nor yet the new one: a link that breaks now must not leave it taken for whole.
    sumStep[message.chunk] = -1;
    return lane?.sumPlace(message.chunk) ?? chunkOf(sums, message.chunk);
  }

  function placeState(from: string, message: StateMessage): Float32Array | undefined {
    const key = `${message.section}/${message.chunk}`;
    if (source?.what !== "state" || source.name !== from || source.step !== message.step || !source.missing.has(key)) {
      throw new RangeError(`member "${from}" sent state ${key} of step ${message.step} that was not asked for`);
    }
    return chunkOf(state[message.section]!, message.chunk);
  }

  function receiveState(message: StateMessage): void {
    source!.missing.delete(`${message.section}/${message.chunk}`);
    if (source!.missing.size > 0) return;
    applied = message.step;
    source = undefined;
  }

  function answer(to: string, message: PeerMessage & { kind: "pull" }): Outgoing[] {
    const { what, step } = message;
    if (what === "sums" ? !holds(step) : applied !== step) {
      throw new RangeError(`member "${to}" asked for ${what} of step ${step}; "${self}" has applied ${applied} steps`);
    }
    const stamped = { run, generation: view.generation, step };
    if (what === "sums") {
      return Array.from({ length: chunkCount }, (_, chunk) => ({
        to,
        message: { kind: "sum", ...stamped, chunk },
        payload: lane?.sumPlace(chunk) ?? chunkOf(sums, chunk),
      }));
    }
    return state.flatMap((vector, section) =>
      Array.from({ length: chunkCountOf(vector.length, chunkFloats) }, (_, chunk) => ({
        to,
        message: { kind: "state" as const, ...stamped, section, chunk },
        payload: chunkOf(vector, chunk),
      })),
    );
  }

  return {
    get applied() {
      return applied;
    },
    get sums() {
      return sums;
    },
    get complete() {
      return finished === chunkCount;
    },
    get holdsSums() {
      return holds(applied - 1);
    },
    get isAlone() {
      return view.members.length === 1;
    },
    get ownParts() {
      return plan.parts.filter((part) => part.member === me).map((part) => part.range);
    },

    configure(next) {
      const index = next.members.indexOf(self);
      if (index < 0) throw new RangeError(`generation ${next.generation} does not have member "${self}"`);
      view = next;
      me = index;
      plan = exchangePlan(options, next.members.length);
      inbox = createInbox(plan, me, room);
      source = undefined;
      // The unfinished step is done again as a whole: its parts may now belong to others.
      for (let chunk = 0; chunk < chunkCount; chunk++) if (sumStep[chunk] === applied) sumStep[chunk] = -1;
      finished = 0;
      turns.length = 0;
      missing.clear();
      lane?.forget();
    },

    contribute(range, vector, spans) {
      const part = plan.parts.findIndex(
        (p) => p.member === me && p.range.start === range.start && p.range.end === range.end,
      );
      if (part < 0) throw new RangeError(`part [${range.start}, ${range.end}) is not one of "${self}"`);
      const chunks = finish(part, spans);
      for (let first = 0; first < chunks.length; first += chunksATurn) {
        const turn = chunks.slice(first, first + chunksATurn);
        turns.push(() => turn.flatMap((chunk) => contributeChunk(chunk, part, vector)));
      }
      return nextTurn();
    },

    get owes() {
      return turns.length > 0;
    },

    nextTurn,

    place(from, message) {
      if (message.run !== run || message.generation !== view.generation) return undefined;
      if (!view.members.includes(from))
        throw new RangeError(`"${from}" is not a member of generation ${view.generation}`);
      if (message.kind === "partial") return placePartial(from, message);
      if (message.kind === "sum") return placeSum(from, message);
      if (message.kind === "state") return placeState(from, message);
      return undefined;
    },

    receive(from, message) {
      if (message.kind === "parcel") throw new TypeError(`a parcel from "${from}" has no place among the sums`);
      if (message.run !== run || message.generation !== view.generation) return [];
      if (message.kind === "pull") return answer(from, message);
      if (message.kind === "state") {
        receiveState(message);
        return [];
      }
      if (message.kind === "sum") {
        lane?.takeSum(message.chunk, chunkOf(sums, message.chunk));
        sumStep[message.chunk] = message.step;
        finished++;
        return [];
      }
      inbox.arrived(message.chunk, message.part, message.step);
      return message.step === applied ? settle(message.chunk) : [];
    },

    forget: () => lane?.forget(),

    commit() {
      if (finished !== chunkCount)
        throw new RangeError(`step ${applied} cannot be committed: its sums are not complete`);
      applied++;
      finished = 0;
    },

    commitAlone() {
      if (view.members.length !== 1)
        throw new RangeError(`step ${applied} was made alone by one of ${view.members.length} members`);
      applied++;
    },

    pull(what, name, step) {
      const missing = new Set<string>();
      if (what === "state") {
        applied = -1;
        finished = 0;
        sumStep.fill(-1);
        state.forEach((vector, section) => {
          for (let chunk = 0; chunk < chunkCountOf(vector.length, chunkFloats); chunk++)
            missing.add(`${section}/${chunk}`);
        });
      }
      // A state of nothing is whole at once.
      if (what === "state" && missing.size === 0) {
        applied = step;
        return [];
      }
      source = { name, what, step, missing };
      return [{ to: name, message: { kind: "pull", run, generation: view.generation, step, what } }];
    },
  };
}
