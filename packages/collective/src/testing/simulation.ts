import { createMember } from "../member.ts";
import type { Action, Command, Member, Report } from "../member.ts";
import { createMembership } from "../membership.ts";
import type { MembershipInput, MembershipOutput } from "../membership.ts";
import type { PeerMessage } from "../messages.ts";
import { treeSum } from "../tree.ts";
import type { LeafRange } from "../tree.ts";
import { createVectorMemory } from "../vector_memory.ts";

/** One for all members of all simulations: each takes 4 GiB of addresses. */
const MEMORY = createVectorMemory();

/** What is trained in a simulation: small vectors, but the same protocol. */
export interface SimulatedJob {
  readonly leaves: number;
  readonly floats: number;
  readonly chunkFloats: number;
  readonly steps: number;
  readonly pauseEvery: number;
}

/** Picks one of n things that could happen next. */
export type Chooser = (n: number) => number;

/** The gradient of a leaf: depends on the state, so that a wrong state shows, and on magnitudes that make rounding matter. */
function leafGradient(state: Float32Array, step: number, leaf: number): Float32Array {
  return Float32Array.from(
    state,
    (value, i) => Math.sin(value + step * 3.3 + leaf * 1.7 + i) * 10 ** ((leaf * 5 + i + step) % 7),
  );
}

/** Applies summed gradients to the state, in place. */
function applyGradient(state: Float32Array, sums: Float32Array): void {
  for (let i = 0; i < state.length; i++) state[i] = state[i]! * 0.75 + Math.tanh(sums[i]! * 1e-5);
}

/** The run without processes or faults: the sums of every step. */
export function undisturbed(job: SimulatedJob): Float32Array[] {
  const state = new Float32Array(job.floats);
  return Array.from({ length: job.steps }, (_, step) => {
    const sums = treeSum(Array.from({ length: job.leaves }, (_, leaf) => leafGradient(state, step, leaf)));
    applyGradient(state, sums);
    return sums;
  });
}

interface Node {
  readonly name: string;
  readonly member: Member;
  readonly state: Float32Array;
  readonly appliedSums: Map<number, Float32Array>;
  /** Work of the host that ends at some later time. */
  readonly tasks: (() => Action[])[];
  alive: boolean;
  /** Declared lost by the coordinator: it may still be alive, but nobody should listen to it. */
  lost: boolean;
}

interface Link {
  readonly from: string;
  readonly to: string;
  queue: { readonly message: PeerMessage; readonly payload?: Float32Array }[];
  /** Whether the first half of the next payload has arrived. */
  halfThere: boolean;
}

/** One coordinator and its nodes on a network that delays and reorders across links, but not within one. */
export interface Simulation {
  readonly finished: boolean;
  /** Sums applied by every node that was ever there, alive or not. */
  readonly nodes: readonly Node[];
  join(): void;
  /** The node stops for good; a prefix of what it has sent still arrives. */
  kill(name: string): void;
  /** The coordinator takes a live node for dead: its old messages go on arriving. */
  declareLost(name: string): void;
  /** Lets one thing happen. Returns false when nothing can. */
  tick(): boolean;
}

/** Creates a simulation with `size` nodes that join first. */
export function simulate(job: SimulatedJob, size: number, choose: Chooser): Simulation {
  const nodes: Node[] = [];
  const membership = createMembership(0);
  const upward = new Map<string, (Report & { member: string })[]>();
  const downward = new Map<string, Command[]>();
  const links = new Map<string, Link>();
  const reached = new Map<string, number>();
  let advancing: number[] = [];

  const nodeOf = (name: string): Node => nodes.find((node) => node.name === name)!;

  function perform(node: Node, actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === "send") {
        const { to, message, payload } = action.outgoing;
        const key = `${node.name}>${to}`;
        if (!links.has(key)) links.set(key, { from: node.name, to, queue: [], halfThere: false });
        links.get(key)!.queue.push(payload === undefined ? { message } : { message, payload });
      } else if (action.type === "report") {
        upward.get(node.name)!.push({ ...action.report, member: node.name });
      } else if (action.type === "yield") {
        node.tasks.push(() => node.member.resumed());
      } else if (action.type === "compute") {
        for (const part of action.parts) node.tasks.push(() => compute(node, action.step, part));
      } else if (action.type === "step") {
        for (let leaf = 0; leaf < job.leaves; leaf++) node.tasks.push(() => stepAlone(node, action.step, leaf));
      } else if (action.type === "apply") {
        node.tasks.push(() => {
          // A halt may cut off a host that would have applied with the help of others.
          if (node.member.halting && choose(2) === 0) return node.member.abandoned();
          node.appliedSums.set(action.step, action.sums.slice());
          applyGradient(node.state, action.sums);
          return node.member.appliedSums();
        });
      } else {
        node.tasks.push(() => {
          if (!node.lost) reached.set(node.name, action.step);
          return node.member.paused();
        });
      }
    }
  }

  function compute(node: Node, step: number, part: LeafRange): Action[] {
    if (node.member.halting) {
      node.tasks.length = 0;
      return node.member.abandoned();
    }
    const leaves = Array.from({ length: part.end - part.start }, (_, i) =>
      leafGradient(node.state, step, part.start + i),
    );
    const sum = treeSum(leaves);
    const cut = choose(2) === 0 ? 0 : choose(job.floats);
    if (cut > 0) node.tasks.push(() => finish(node, part, sum, cut));
    return node.member.computed(part, sum, [{ start: cut, end: job.floats }]);
  }

  /** What was behind the cut is finished; now the rest is. */
  function finish(node: Node, part: LeafRange, sum: Float32Array, cut: number): Action[] {
    if (!node.member.halting) return node.member.computed(part, sum, [{ start: 0, end: cut }]);
    node.tasks.length = 0;
    return node.member.abandoned();
  }

  /** Between the leaves of a step that is made alone, others may come. */
  function stepAlone(node: Node, step: number, leaf: number): Action[] {
    if (node.member.halting) {
      node.tasks.length = 0;
      return node.member.abandoned();
    }
    if (leaf < job.leaves - 1) return [];
    const sums = treeSum(Array.from({ length: job.leaves }, (_, each) => leafGradient(node.state, step, each)));
    node.appliedSums.set(step, sums);
    applyGradient(node.state, sums);
    return node.member.stepped();
  }

  function coordinate(input: MembershipInput): void {
    const outputs: MembershipOutput[] = membership.input(input);
    for (const output of outputs) {
      if (output.type === "command") downward.get(output.to)!.push(output.command);
      else if (output.type === "advance") advancing.push(output.expected + 1);
      else nodeOf(output.member).lost = true;
    }
  }

  /** The coordinator lets a pause end when every member has reached it. */
  function clearPause(): void {
    const { members, phase } = membership;
    const step = reached.get(members[0] ?? "");
    if (phase !== "running" || step === undefined || step >= job.steps) return;
    if (!members.every((member) => reached.get(member) === step)) return;
    reached.clear();
    coordinate({ type: "cleared", step });
    // A coordinator that is not sure says it again; by then members may be far into the step.
    if (choose(2) === 0) coordinate({ type: "cleared", step });
  }

  function join(): void {
    const name = `node-${nodes.length}`;
    const state = new Float32Array(job.floats);
    const member = createMember({
      run: "simulated",
      self: name,
      memory: MEMORY,
      applied: 0,
      state: [state],
      floats: job.floats,
      leaves: job.leaves,
      chunkFloats: job.chunkFloats,
      chunksATurn: 2,
      // Of a run's nodes some have a device and some have not.
      stepsAlone: nodes.length % 2 === 1,
      pausesAfter: (step) => step === job.steps || (step > 0 && step % job.pauseEvery === 0),
    });
    nodes.push({ name, member, state, appliedSums: new Map(), tasks: [], alive: true, lost: false });
    upward.set(name, []);
    downward.set(name, []);
    coordinate({ type: "joined", member: name, applied: 0 });
  }

  /** A payload comes in two halves, and anything may happen in between: a link that is cut leaves half of it behind. */
  function deliver(link: Link): void {
    const { message, payload } = link.queue[0]!;
    const node = nodeOf(link.to);
    if (payload === undefined) {
      link.queue.shift();
      perform(node, node.member.receive(link.from, message));
      return;
    }
    const half = payload.length >> 1;
    // Links of a generation are closed with it: of what was under way, nothing more arrives.
    const isOpen = message.generation === node.member.generation;
    const place = isOpen ? node.member.place(link.from, message) : undefined;
    if (!link.halfThere && place !== undefined) {
      place.set(payload.subarray(0, half));
      link.halfThere = true;
      return;
    }
    link.queue.shift();
    link.halfThere = false;
    if (place === undefined) return;
    place.set(payload.subarray(half), half);
    perform(node, node.member.receive(link.from, message));
  }

  /** A halted node closes its links: what is under way is what the network has copied by now. */
  function detach(node: Node): void {
    for (const link of links.values()) {
      if (link.from !== node.name) continue;
      link.queue = link.queue.map(({ message, payload }) => ({
        message,
        ...(payload && { payload: payload.slice() }),
      }));
    }
  }

  function possible(): (() => void)[] {
    const events: (() => void)[] = [];
    for (const generation of advancing.slice(0, 1)) {
      events.push(() => {
        advancing = advancing.slice(1);
        reached.clear();
        coordinate({ type: "advanced", generation });
      });
    }
    for (const node of nodes) {
      const reports = upward.get(node.name)!;
      if (reports.length > 0 && !node.lost) events.push(() => coordinate(reports.shift()!));
      if (!node.alive) continue;
      const commands = downward.get(node.name)!;
      if (commands.length > 0) {
        events.push(() => {
          const command = commands.shift()!;
          if (command.type === "halt") detach(node);
          perform(node, node.member.command(command));
        });
      }
      if (node.tasks.length > 0) events.push(() => perform(node, node.tasks.shift()!()));
    }
    for (const link of links.values()) {
      const head = link.queue[0];
      // A link of a generation is read once its member has entered it.
      if (head && nodeOf(link.to).alive && head.message.generation <= nodeOf(link.to).member.generation) {
        events.push(() => deliver(link));
      }
    }
    return events;
  }

  for (let i = 0; i < size; i++) join();
  coordinate({ type: "form" });

  return {
    nodes,
    get finished() {
      const { members, phase } = membership;
      return phase === "running" && members.every((member) => reached.get(member) === job.steps);
    },
    join,
    kill(name) {
      const node = nodeOf(name);
      if (!node.alive) return;
      node.alive = false;
      for (const link of links.values()) if (link.from === name) link.queue.splice(choose(link.queue.length + 1));
      this.declareLost(name);
    },
    declareLost(name) {
      const node = nodeOf(name);
      if (node.lost) return;
      node.lost = true;
      reached.delete(name);
      coordinate({ type: "lost", member: name });
    },
    tick() {
      const events = possible();
      if (events.length === 0) return false;
      events[choose(events.length)]!();
      clearPause();
      return true;
    },
  };
}
