import { createMembership } from "@millrace/collective";
import type { MembershipInput, MembershipOutput } from "@millrace/collective";
import { NO_VALIDATION_YET, shouldStop, updateEarlyStopping } from "@millrace/training";
import type { CheckpointFiles } from "../node/replica.ts";
import { otherArithmetic, type TrainingFingerprint } from "../training_arithmetic.ts";
import { dueAfter, TrainingJob } from "../training_job.ts";
import type { Resume, Validation } from "../training_job.ts";
import type { CoordinatorMessage } from "../control_messages.ts";
import { openFleet } from "./fleet.ts";
import { createLimits } from "./limits.ts";
import type { Fleet, TrainingMessage } from "./fleet.ts";
import { createPauseLedger } from "./pause_ledger.ts";
import type { CoordinatorPorts, NodeStep, TrainingResult } from "./ports.ts";
import { createStagePieces } from "./stage_pieces.ts";
import { createStepReports } from "./step_reports.ts";
import { createStragglerWatch } from "./stragglers.ts";

/** Longest time without any sign that the run moves on: nodes that live but do not work are a fault, not a wait. */
const STALL_MS = 600_000;
/** Times that links between living nodes may break without one step in between, before the unreachable node is given up. */
const MAX_REFORMS_WITHOUT_PROGRESS = 5;
/** Longest time that cancelling waits for a last checkpoint, and that an end waits for one that is being stored. */
const CANCEL_MS = 20_000;
/** How often waits are looked at. */
const TICK_MS = 250;

/**
 * Trains a job on nodes it starts and keeps up, and gives the result. For equal jobs the checkpoints are equal bytes, whatever the
 * number of nodes, and whoever of them dies or joins on the way.
 * @throws {RangeError} If there are more nodes than leaves, or they are not so many whole pipelines.
 * @throws {Error} If a replica fails, nodes cannot be kept up, nothing moves for ten minutes, or another coordinator took the run over.
 */
export async function runTraining(job: TrainingJob, ports: CoordinatorPorts): Promise<TrainingResult> {
  TrainingJob.parse(job);
  const stages = ports.stages?.count ?? 1;
  const pipelines = ports.nodes / stages;
  if (!Number.isInteger(pipelines) || pipelines < 1 || pipelines > job.leaves) {
    const each = stages === 1 ? "" : ` of ${stages} stages`;
    throw new RangeError(
      `a run of ${job.leaves} leaves on ${pipelines} nodes${each}: wanted 1 to ${job.leaves} nodes${each}`,
    );
  }
  if (stages > 1 && pipelines === 1) ports.log("a slow node will not be named: with one pipeline none has its like");
  const pieces = createStagePieces(job, ports);
  const ledger = createPauseLedger();
  const membership = createMembership(await ports.generation.current(job.run), stages);
  const stragglers = createStragglerWatch(job.leaves);
  // Of nodes that are lost too: the last steps that they made may be told later.
  const productRates = new Map<string, number>();
  const sumOfRates = (nodes: readonly NodeStep[]): number =>
    nodes.reduce((sum, { node }) => sum + (productRates.get(node) ?? NaN), 0);
  const reports = createStepReports((reported) => {
    const productRate = sumOfRates(reported.nodes);
    const step = { ...reported, ...(productRate > 0 && { productRate }) };
    ports.onProgress(step);
    const nodes = membership.members.flatMap((name) => step.nodes.find(({ node }) => node === name) ?? []);
    const straggler = nodes.length === membership.members.length ? stragglers.add(nodes) : undefined;
    if (straggler !== undefined) ports.onProgress({ type: "slow", ...straggler });
  });
  let fleet: Fleet;
  let fingerprint: TrainingFingerprint | undefined = job.fingerprint;
  let exact = true;
  let prepared = 0;
  let validationLeaves = 0;
  let resume: Resume | undefined = job.resume;
  const validations: Validation[] = [...(resume?.validations ?? [])];
  let stopping = validations.reduce(
    (state, { step, loss }) => updateEarlyStopping(state, step, loss),
    NO_VALIDATION_YET,
  );
  let best: Resume | undefined;
  // The checkpoints being stored.
  let storing: Promise<void> = Promise.resolve();
  // The pause being worked on, and the last one that is over.
  let working = -1;
  let cleared = -1;
  let cancelling = false;
  let reforms = 0;
  let movedMs = ports.now();
  let settle: { resolve(result: TrainingResult): void; reject(error: Error): void };
  const outcome = new Promise<TrainingResult>((resolve, reject) => (settle = { resolve, reject }));
  const fail = (error: unknown): void => settle.reject(error instanceof Error ? error : new Error(String(error)));

  function refusalOf(found: TrainingFingerprint): string | undefined {
    fingerprint ??= found;
    const difference = otherArithmetic(fingerprint, found);
    if (difference === undefined) return undefined;
    if (ports.allowInexact !== true) return `it computes differently from the run: ${difference}`;
    exact = false;
    return undefined;
  }

  function coordinate(input: MembershipInput): void {
    for (const output of membership.input(input)) carryOut(output);
  }

  function carryOut(output: MembershipOutput): void {
    if (output.type === "drop") drop(output.member);
    else if (output.type === "advance") advance(output.expected).catch(fail);
    else if (output.command.type === "configure") {
      const { members, pipeline, ...command } = output.command;
      const peers = [...members, ...(pipeline ?? [])];
      const addresses = Object.fromEntries(peers.map((name) => [name, fleet.addressOf(name)]));
      const mates = pipeline && { pipeline: [...pipeline] };
      fleet.send(output.to, { ...command, ...mates, members: [...members], addresses });
    } else if (output.command.type === "go" && cancelling) {
      // All members hold the same whole state now, and stay where they are.
      if (membership.pipelines[0]?.includes(output.to))
        fleet.send(output.to, { type: "export", step: membership.step });
    } else {
      if (output.command.type === "go" && output.to === membership.members[0]) {
        const { generation, step, members } = membership;
        // Nobody is a member whose arithmetic has not been looked at.
        const arithmetic = fingerprint as TrainingFingerprint;
        ports.onProgress({ type: "members", generation, step, members: [...members], fingerprint: arithmetic });
      }
      fleet.send(output.to, output.command);
    }
  }

  function drop(name: string): void {
    if (stages === 1) return fleet.lose(name, "nobody holds a whole state any more");
    ports.log(`node "${name}" goes back to step ${resume?.step ?? 0}: a stage has lost what came after`);
    fleet.restart(name);
  }

  async function advance(expected: number): Promise<void> {
    const generation = await ports.generation.advance(job.run, expected);
    if (generation === undefined)
      throw new Error(`run "${job.run}" is coordinated by another: generation ${expected} has passed`);
    ledger.clear();
    working = -1;
    coordinate({ type: "advanced", generation });
    if (membership.phase === "waiting" && stages > 1) ports.log(`waiting for a node for each of ${stages} stages`);
  }

  function onMessage(name: string, message: TrainingMessage): void {
    if (message.type === "halted" || message.type === "ready") coordinate({ ...message, member: name });
    else if (message.type === "step") {
      movedMs = ports.now();
      reforms = 0;
      fleet.progressed();
      reports.add(name, message, membership.members.length);
    } else if (message.generation !== membership.generation) return;
    else if (message.type === "unreachable") {
      // All links are made anew already, and members that have halted close theirs: that says nothing of who can be reached.
      if (membership.phase === "halting" || membership.phase === "advancing") return;
      ports.log(`node "${name}" cannot reach "${message.member}": ${message.reason}`);
      if (++reforms > MAX_REFORMS_WITHOUT_PROGRESS) fleet.lose(message.member, `"${name}" cannot reach it`);
      else coordinate({ type: "reform" });
    } else {
      movedMs = ports.now();
      ledger.reached(name, message.step, message.results);
      if (!ledger.complete(membership.members)) return;
      if (message.step > cleared) pauseReached(message.step);
      // It was over before these members came to it: the generation formed while what was due here was being finished.
      else coordinate({ type: "cleared", step: message.step });
    }
  }

  function lacksValidation(step: number): boolean {
    const isMade = validations.some((validation) => validation.step === step);
    return dueAfter(job, step).validate && validationLeaves > 0 && !isMade;
  }

  /** Every member stands still after `step` steps: measure, then decide what else is due. */
  function pauseReached(step: number): void {
    working = step;
    reports.paused();
    const due = dueAfter(job, step);
    if (lacksValidation(step)) {
      const validation = { step, loss: ledger.loss(validationLeaves) };
      validations.push(validation);
      stopping = updateEarlyStopping(stopping, step, validation.loss);
      ports.onProgress({ type: "validation", ...validation });
    }
    const improved = due.validate && stopping.bestStep === step;
    const wanted = due.checkpoint || shouldStop(stopping, job.patience) || (job.patience !== undefined && improved);
    if (wanted) for (const name of membership.pipelines[0]!) fleet.send(name, { type: "export", step });
    else goOn(step);
  }

  function goOn(step: number): void {
    cleared = step;
    coordinate({ type: "cleared", step });
  }

  async function takeCheckpoint(step: number, files: CheckpointFiles): Promise<void> {
    // Members that came to one pause twice may be asked for its checkpoint twice.
    const isDue = step === working && step > cleared;
    if (!isDue && !(cancelling && step === membership.step)) return;
    // Whoever went on from here would not measure here any more.
    if (cancelling && lacksValidation(step)) return end("cancelled");
    const [model, state] = [await ports.hash(files.model), await ports.hash(files.state)];
    const next = { step, model, state, validations: [...validations] };
    await pieces.goOnFrom(next, files);
    resume = next;
    await ports.onCheckpoint({ resume, ...files });
    movedMs = ports.now();
    if (stopping.bestStep === step) best = resume;
    if (step === job.steps) end("finished");
    else if (shouldStop(stopping, job.patience)) end("stopped early");
    else if (cancelling) end("cancelled");
    else goOn(step);
  }

  function end(status: TrainingResult["status"]): void {
    const checkpoint = job.patience !== undefined && status !== "cancelled" ? (best ?? resume) : resume;
    settle.resolve({
      status,
      step: resume?.step ?? 0,
      ...(checkpoint && { checkpoint }),
      validations,
      ...(fingerprint && { fingerprint }),
      exact,
    });
  }

  function cancel(): void {
    cancelling = true;
    if (membership.phase === "waiting") end("cancelled");
    else coordinate({ type: "reform" });
    limits.after(CANCEL_MS, giveUp);
  }

  /** Replaces nodes that hang in their work while others wait for them; where all or none work, nobody can be told from the others. */
  function stalled(stillMs: number): void {
    const standing = fleet.standing();
    const hanging = standing.filter(({ working }) => working);
    // Stages wait for each other within their work.
    if (stages > 1 || hanging.length === 0 || hanging.length === standing.length)
      return fail(new Error(`nothing has moved for ${stillMs} ms in generation ${membership.generation}`));
    movedMs = ports.now();
    for (const { name } of hanging) fleet.lose(name, `its work has not moved for ${stillMs} ms`);
  }

  function giveUp(): void {
    end("cancelled");
  }

  // A resumed run does not repeat the pause its checkpoint was made in; a finished one has only that pause left.
  if (resume !== undefined && resume.step < job.steps) {
    cleared = resume.step;
    membership.input({ type: "cleared", step: resume.step });
  }
  await pieces.begin();
  function jobFor(stage: number): CoordinatorMessage {
    const own = pieces.jobOf(stage, resume);
    return { type: "job", job: own, ...(stages > 1 && { stage: { index: stage, of: stages } }) };
  }
  fleet = await openFleet({
    ports: { ...ports, readBlob: pieces.read },
    maxNodes: job.leaves * stages,
    stages,
    refusalOf,
    jobFor,
    onPrepared(name, stage, { applied, validationLeaves: leaves, productRate }) {
      movedMs = ports.now();
      validationLeaves = leaves;
      if (productRate !== undefined) productRates.set(name, productRate);
      coordinate({ type: "joined", member: name, applied, stage });
      if (++prepared === ports.nodes) coordinate({ type: "form" });
    },
    onMoved: () => (movedMs = ports.now()),
    onLost: (name) => coordinate({ type: "lost", member: name }),
    onMessage,
    onCheckpoint(stage, step, files) {
      const whole = pieces.add(stage, step, files);
      // One after another: the next may be the same.
      if (whole !== undefined) storing = storing.then(() => takeCheckpoint(step, whole)).catch(fail);
    },
    onFailed: fail,
  });
  const limits = createLimits(ports.now, TICK_MS);
  const watchStall = (): void => {
    const stillMs = ports.now() - movedMs;
    if (stillMs > STALL_MS) stalled(stillMs);
    limits.after(TICK_MS, watchStall);
  };
  watchStall();
  ports.signal?.addEventListener("abort", cancel, { once: true });
  ports.deadline?.addEventListener("abort", giveUp, { once: true });
  if (ports.signal?.aborted) cancel();
  if (ports.deadline?.aborted) giveUp();
  try {
    return await outcome;
  } finally {
    ports.signal?.removeEventListener("abort", cancel);
    ports.deadline?.removeEventListener("abort", giveUp);
    await fleet.stop(ports.deadline);
    // Who ran the training may take its end for the end of its writes.
    const isStored = await Promise.race([storing.then(() => true), limits.until(CANCEL_MS)]);
    if (isStored !== true) ports.log("the store has not answered: what a checkpoint had of it may still come");
    limits.stop();
  }
}
