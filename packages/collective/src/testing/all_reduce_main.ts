/** A process that takes part in all-reduces of fixed vectors: told what by its parent, over the channel between them. */
import { createHash } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { openNearLinks } from "../adapters/near.ts";
import { connectTcp, listenTcp } from "../adapters/tcp.ts";
import type { LossyOptions } from "../lossy_wire.ts";
import { createMember } from "../member.ts";
import type { Action } from "../member.ts";
import { openPeerMesh } from "../peer_mesh.ts";
import type { PeerAddress } from "../peer_mesh.ts";
import { treeSum } from "../tree.ts";
import { createVectorMemory } from "../vector_memory.ts";
import { allReduceLeaf } from "./all_reduce_leaf.ts";

/** What the parent says first. */
export interface AllReduceTask {
  readonly self: string;
  readonly leaves: number;
  readonly floats: number;
  readonly steps: number;
  /** Make the leaves anew for each step, and hash the sums; else the same memory is sent again, for timing. */
  readonly verify: boolean;
  readonly lossy?: LossyOptions;
  /** Whether large payloads are sent too, or read out of the other process's memory. */
  readonly over: "sockets" | "memory";
}

/** What the parent says when all processes listen. */
export interface AllReduceStart {
  readonly members: readonly string[];
  readonly addresses: Readonly<Record<string, PeerAddress>>;
}

/** What the process answers at the end. */
export interface AllReduceOutcome {
  /** SHA-256 of the sums of each step, if they were asked for. */
  readonly hashes: readonly string[];
  readonly stepMs: readonly number[];
  readonly sentBytes: number;
  /** Of these, what went over sockets. */
  readonly socketBytes: number;
}

const sockets: Socket[] = [];
for (const side of ["client", "server"]) {
  subscribe(`net.${side}.socket`, (message) => sockets.push((message as { socket: Socket }).socket));
}

function say(message: AllReduceOutcome | PeerAddress): void {
  process.send!(message);
}

async function take(task: AllReduceTask): Promise<void> {
  const { self, leaves, floats, steps, verify } = task;
  const hashes: string[] = [];
  const stepMs: number[] = [];
  const memory = createVectorMemory();
  const resting = new Map<number, Float32Array>();
  let startedMs = 0;
  const member = createMember({
    run: "all-reduce",
    self,
    memory,
    applied: 0,
    state: [],
    floats,
    leaves,
    ...(task.lossy && { lossy: task.lossy }),
    pausesAfter: (step) => step === steps,
  });
  const mesh = await openPeerMesh({
    run: "all-reduce",
    self,
    host: "127.0.0.1",
    secret: "a secret between the processes of a test",
    ...(task.over === "memory" ? await openNearLinks(console.error) : { connect: connectTcp, listen: listenTcp }),
    member,
    onMessage: (from, message) => perform(member.receive(from, message)),
    onUnreachable: (_, name, reason) => {
      throw new Error(`"${name}" cannot be reached`, { cause: reason });
    },
    log: console.error,
  });

  function vectorOf(step: number, start: number, end: number): Float32Array {
    if (verify) return treeSum(Array.from({ length: end - start }, (_, i) => allReduceLeaf(floats, step, start + i)));
    const held = resting.get(start) ?? memory.take(floats).fill(1);
    resting.set(start, held);
    return held;
  }

  function perform(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === "send") mesh.send(action.outgoing);
      else if (action.type === "yield") setImmediate(() => perform(member.resumed()));
      else if (action.type === "report") perform(member.command({ type: "go", generation: 1 }));
      else if (action.type === "compute") {
        const vectors = action.parts.map((part) => vectorOf(action.step, part.start, part.end));
        startedMs = performance.now();
        const whole = [{ start: 0, end: floats }];
        action.parts.forEach((part, i) => perform(member.computed(part, vectors[i]!, whole)));
      } else if (action.type === "apply") {
        stepMs.push(performance.now() - startedMs);
        if (verify) hashes.push(createHash("sha256").update(action.sums).digest("hex"));
        perform(member.appliedSums());
      } else {
        const socketBytes = sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
        say({ hashes, stepMs, sentBytes: mesh.sentBytes, socketBytes });
      }
    }
  }

  process.once("message", ({ members, addresses }: AllReduceStart) => {
    const actions = member.command({
      type: "configure",
      generation: 1,
      members,
      step: 0,
      cleared: -1,
      catchUp: "none",
    });
    mesh.open(1, members, addresses);
    perform(actions);
  });
  // The parent ends this process when it has heard from all: a link closed earlier would look like a loss.
  process.once("disconnect", () => process.exit());
  say(mesh.address);
}

process.once("message", (task: AllReduceTask) => void take(task));
