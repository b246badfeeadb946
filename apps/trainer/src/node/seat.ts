import { createMember, openPeerMesh } from "@millrace/collective";
import type { Action, Link, PeerAddress, Report } from "@millrace/collective";
import { PIECE_BYTES } from "../control_messages.ts";
import type { CoordinatorMessage, NodeMessage } from "../control_messages.ts";
import { dueAfter } from "../training_job.ts";
import type { TrainingJob } from "../training_job.ts";
import { createLeafWork } from "./leaf_work.ts";
import { createPipeline } from "./pipeline.ts";
import { createRoundWork } from "./round_work.ts";
import type { ReplicaRequest } from "./replica.ts";
import type { NodePorts } from "./ports.ts";
import { createStepClock } from "./step_clock.ts";

/** A node's place in a run: its replica, its links to peers and its side of step commit. */
export interface Seat {
  readonly applied: number;
  /** As the replica factory measured it. */
  readonly productRate: number | undefined;
  /** Leaves of validation windows that the run scores. */
  readonly validationLeaves: number;
  readonly address: PeerAddress;
  /** What it is doing, and whether it has come further since it was last asked. */
  activity(): { readonly working: boolean; readonly moved: boolean };
  command(message: CoordinatorMessage): void;
  /** Closes links and replica. */
  leave(): Promise<void>;
}

/** Loss sum and target count. */
const SUMS_AT_THE_END = 2;

/** What a step did. */
type StepFigures = Pick<
  NodeMessage & { type: "step" },
  "lossSum" | "targetCount" | "gradientNorm" | "learningRate" | "skippedSteps"
>;

/** What a seat needs. */
export interface SeatOptions extends NodePorts {
  readonly job: TrainingJob;
  /** Which part of the model this node is for; absent: all of it. */
  readonly stage?: { readonly index: number; readonly of: number } | undefined;
  readonly control: Link;
  tell(message: NodeMessage, payload?: Uint8Array): void;
  fetchBlob(sha256: string): Promise<Uint8Array>;
  /** Called when the node cannot go on. */
  fail(error: unknown): void;
}

/** Fetches the job's data, builds the replica and listens for peers. */
export async function takeSeat(options: SeatOptions): Promise<Seat> {
  const { job, name, tell, fail } = options;
  // Before the replica takes what memory there is.
  const productRate = await options.replicas.productRate();
  const pipeline = createPipeline(job.run, (outgoing) => mesh.send(outgoing));
  const stage = options.stage && { ...options.stage, link: pipeline.link };
  const replica = await options.replicas.create({
    ...(await replicaRequest(job, options.fetchBlob)),
    ...(stage && { stage }),
  });
  const { vectorMemory: memory } = replica;
  let moved = false;
  let works = 0;
  /** Something that waits for no other node, unless the model is cut into stages. */
  const working = async <T>(work: () => Promise<T>): Promise<T> => {
    works++;
    try {
      return await work();
    } finally {
      works--;
    }
  };
  const onMove = (): void => void (moved = true);
  const work = replica.rounds
    ? createRoundWork(replica, replica.rounds, memory, onMove)
    : createLeafWork(replica, memory, () => place.of > 1, onMove);
  const validationLeaves = Math.min(job.validationLeaves, replica.validationLeaves);
  const clock = createStepClock(options.now, () => replica.busyMs);
  const member = createMember({
    run: job.run,
    self: name,
    memory,
    applied: replica.applied,
    state: replica.state,
    floats: replica.vectorFloats,
    leaves: job.leaves,
    ...(job.exchange && { lossy: { kind: job.exchange, exactTail: SUMS_AT_THE_END } }),
    pausesAfter: (step) => {
      const due = dueAfter(job, step);
      return due.validate || due.checkpoint;
    },
    stepsAlone: replica.stepAlone !== undefined,
  });
  const isHalting = (): boolean => member.halting;
  // This node's place among the members, which also shares out the validation leaves.
  let place = { index: 0, of: 1 };
  // Whether a peer's state is on its way into the replica's.
  let catchesUpByState = false;
  let reportedBytes = 0;
  // Micro-batches of a step that this node takes part in.
  let leaves = 0;
  // The step whose checkpoint is being sent: one that another has taken the place of is broken off.
  let exporting: number | undefined;
  let hasLeft = false;
  const mesh = await openPeerMesh({
    ...options,
    ...options.peers,
    run: job.run,
    self: name,
    member: {
      place: (from, message) =>
        message.kind === "parcel" ? pipeline.parcels.place(from, message) : member.place(from, message),
    },
    onMessage(from, message) {
      if (message.kind === "parcel") pipeline.parcels.arrived(from, message);
      else perform(member.receive(from, message));
    },
    onUnreachable: (generation, peer, reason) =>
      tell({ type: "unreachable", generation, member: peer, reason: reason.message }),
  });

  function perform(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === "send") mesh.send(action.outgoing);
      else if (action.type === "yield") setTimeout(goOn, 0);
      else if (action.type === "report") report(action.report).catch(fail);
      else if (action.type === "compute") compute(action).catch(fail);
      else if (action.type === "step") stepAlone(action.step).catch(fail);
      else if (action.type === "apply") apply(action).catch(fail);
      else pause(action.step).catch(fail);
    }
  }

  /** Nobody up the stack takes what a timer throws: the process would die without a word to its coordinator. */
  function goOn(): void {
    if (hasLeft) return;
    try {
      perform(member.resumed());
    } catch (error) {
      fail(error);
    }
  }

  async function report(message: Report): Promise<void> {
    // Halted, this node may be the one that others catch up from.
    if (message.type === "halted") await replica.publishState();
    else if (catchesUpByState) await replica.adoptState();
    tell(message);
  }

  async function compute({ step, parts }: Action & { type: "compute" }): Promise<void> {
    clock.computing();
    leaves = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    let floatsLeft = parts.length * replica.vectorFloats;
    const whole = await working(() =>
      work.run(step, parts, isHalting, (part, sum, spans) => {
        for (const { start, end } of spans) floatsLeft -= end - start;
        if (floatsLeft === 0) clock.computed();
        perform(member.computed(part, sum, spans));
      }),
    );
    if (!whole) perform(member.abandoned());
  }

  async function apply({ step, sums }: Action & { type: "apply" }): Promise<void> {
    clock.applying();
    const [lossSum, targetCount] = sums.subarray(-SUMS_AT_THE_END) as unknown as [number, number];
    const report = await working(() => pipeline.whileWhole(isHalting, () => replica.applyStep(step, sums)));
    if (report === undefined) return perform(member.abandoned());
    tellStep(step, { lossSum, targetCount, ...report });
    perform(member.appliedSums());
  }

  async function stepAlone(step: number): Promise<void> {
    clock.computing();
    const report = await working(() => replica.stepAlone!(step, isHalting));
    if (report === undefined) return perform(member.abandoned());
    clock.computed();
    clock.applying();
    tellStep(step, { ...report, lossSum: report.loss * report.targetCount });
    perform(member.stepped());
  }

  function tellStep(step: number, found: StepFigures): void {
    const { lossSum, targetCount, gradientNorm, learningRate, skippedSteps } = found;
    const own = {
      lossSum,
      targetCount,
      gradientNorm,
      learningRate,
      ...(skippedSteps !== undefined && { skippedSteps }),
    };
    const sentBytes = mesh.sentBytes - reportedBytes;
    reportedBytes += sentBytes;
    const { waitMs, ...times } = clock.applied();
    const ofStage = options.stage && waitMs !== undefined && { stage: { ...options.stage, leaves, waitMs } };
    tell({ type: "step", step, ...own, ...times, ...ofStage, sentBytes });
  }

  async function pause(step: number): Promise<void> {
    const generation = member.generation;
    const results: { leaf: number; lossSum: number; targetCount: number }[] = [];
    const leaves = dueAfter(job, step).validate ? validationLeaves : 0;
    for (let leaf = 0; leaf < leaves && !member.halting; leaf++) {
      if (Math.floor((leaf * place.of) / leaves) !== place.index) continue;
      const score = await working(() => pipeline.whileWhole(isHalting, () => replica.validateLeaf(leaf)));
      moved = true;
      if (score !== undefined) results.push({ leaf, ...score });
    }
    if (!member.halting) tell({ type: "reached", generation, step, results });
    perform(member.paused());
  }

  /** Asked again, as after a change of members at one pause, while the checkpoint is on its way, it has nothing to add. */
  async function sendCheckpoint(step: number): Promise<void> {
    if (exporting === step) return;
    if (step !== member.applied) throw new RangeError(`checkpoint of step ${step} at step ${member.applied}`);
    exporting = step;
    await replica.publishState();
    const files = replica.exportCheckpoint(step);
    for (const file of ["model", "state"] as const) {
      const { [file]: bytes } = files;
      const { length: sizeBytes } = bytes;
      for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
        await options.control.drained();
        if (hasLeft || exporting !== step) return;
        tell({ type: "checkpoint", step, file, at, sizeBytes }, bytes.subarray(at, at + PIECE_BYTES));
      }
    }
    // At once: whoever has it all may ask for it again.
    exporting = undefined;
  }

  return {
    applied: replica.applied,
    productRate,
    validationLeaves,
    address: mesh.address,
    activity() {
      const now = { working: works > 0, moved };
      moved = false;
      return now;
    },
    command(message) {
      switch (message.type) {
        case "halt":
          mesh.close();
          pipeline.leave();
          perform(member.command(message));
          break;
        case "configure": {
          const { source, addresses, pipeline: mates = [], ...rest } = message;
          place = { index: message.members.indexOf(name), of: message.members.length };
          catchesUpByState = message.catchUp === "state";
          // First the generation, then the links: what arrives over a link finds the member ready for it.
          const actions = member.command({ ...rest, ...(source !== undefined && { source }) });
          pipeline.enter(message.generation, mates);
          mesh.open(message.generation, [...new Set([...message.members, ...mates])], addresses);
          perform(actions);
          break;
        }
        case "go":
        case "proceed":
          perform(member.command(message));
          break;
        case "export":
          sendCheckpoint(message.step).catch(fail);
          break;
        default:
          throw new TypeError(`control message "${message.type}" does not belong to a seated node`);
      }
    },
    async leave() {
      hasLeft = true;
      mesh.end();
      pipeline.leave();
      await replica.close();
    },
  };
}

async function replicaRequest(job: TrainingJob, fetchBlob: SeatOptions["fetchBlob"]): Promise<ReplicaRequest> {
  const blobs: Record<string, Uint8Array> = {};
  for (const [key, sha256] of Object.entries(job.blobs)) blobs[key] = await fetchBlob(sha256);
  const { leaves, steps, replica: settings, resume } = job;
  const request = { settings, leaves, steps, blobs };
  if (resume === undefined) return request;
  const { step } = resume;
  return {
    ...request,
    resume: { step, model: await fetchBlob(resume.model), state: await fetchBlob(resume.state) },
  };
}
