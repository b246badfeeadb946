import type { Listener, PeerAddress } from "@millrace/collective";
import { HEARTBEAT_MS } from "../control_messages.ts";
import type { CoordinatorMessage, NodeMessage } from "../control_messages.ts";
import type { CheckpointFiles } from "../node/replica.ts";
import { type RefusalCode, trainingError } from "../training_refusal.ts";
import { openNodeSession } from "./node_session.ts";
import type { NodeSession } from "./node_session.ts";
import type { CoordinatorPorts, NodeHandle } from "./ports.ts";
import type { TrainingFingerprint } from "../training_arithmetic.ts";

/** Silence after which a prepared node counts as lost. */
const SILENCE_MS = 4 * HEARTBEAT_MS;
/** Longest time from start to prepared: fetching the data and building the replica are part of it. */
const PREPARE_MS = 120_000;
/** Nodes that may be lost one after another without a single step in between; then something else is wrong. */
const MAX_LOSSES_WITHOUT_PROGRESS = 8;

/** Messages that concern training; joining and living are the fleet's own business. */
export type TrainingMessage = Exclude<
  NodeMessage,
  { type: "join" | "want" | "prepared" | "heartbeat" | "failed" | "checkpoint" }
>;

/** Nodes that have joined, as whoever looks for the one that hangs sees them. */
export interface Standing {
  readonly name: string;
  /** It is being prepared, or has something to compute for which it waits for no other. */
  readonly working: boolean;
}

/** The nodes of a run: started, admitted, watched, replaced. */
export interface Fleet {
  send(name: string, message: CoordinatorMessage): void;
  addressOf(name: string): PeerAddress;
  /** Gives a node its job once more, to be begun anew from where the run now goes on. */
  restart(name: string): void;
  /** Gives up a node and starts another in its place. */
  lose(name: string, reason: string): void;
  /** What those that have joined are doing. */
  standing(): readonly Standing[];
  /** A step was applied: losses before it are forgiven. */
  progressed(): void;
  /** Tells every node to stop, waits a little or until the deadline, ends those that do not. No node lives when it resolves. */
  stop(deadline?: AbortSignal): Promise<void>;
}

/** What a fleet needs and reports. */
export interface FleetOptions {
  readonly ports: CoordinatorPorts;
  /** More nodes than this are refused. */
  readonly maxNodes: number;
  /** Each node is given one of so many stages of the model. */
  readonly stages: number;
  /** Says how the arithmetic of a node with this fingerprint differs from the run's, if that is to be refused. */
  refusalOf(fingerprint: TrainingFingerprint): string | undefined;
  /** The message that gives a node its job. */
  jobFor(stage: number): CoordinatorMessage;
  onPrepared(name: string, stage: number, prepared: NodeMessage & { type: "prepared" }): void;
  onLost(name: string): void;
  /** A node has come further within what it computes. */
  onMoved(): void;
  onMessage(name: string, message: TrainingMessage): void;
  onCheckpoint(stage: number, step: number, files: CheckpointFiles): void;
  /** The run cannot go on. */
  onFailed(error: Error): void;
}

interface Node {
  readonly name: string;
  readonly startedMs: number;
  /** Given when it joins. */
  stage?: number;
  handle?: NodeHandle;
  session?: NodeSession;
  /** As its last heartbeat told. */
  working?: boolean;
  address?: PeerAddress;
}

/** Listens for nodes and starts the first ones. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { ports } = options;
  const nodes = new Map<string, Node>();
  let started = 0;
  let losses = 0;
  let strangers = 0;
  let stopping = false;

  const listener: Listener = await ports.listen({
    host: ports.host ?? "127.0.0.1",
    port: 0,
    secret: ports.secret,
    purpose: "control",
    onRefused: (remote, reason) => ports.log(`turned away ${remote}: ${reason.message}`),
    onLink(link) {
      let node: Node | undefined;
      const session = openNodeSession(link, {
        now: ports.now,
        readBlob: ports.readBlob,
        onMessage(message) {
          if (message.type === "join") node = admit(session, message.name, message.fingerprint);
          else if (node === undefined) throw new TypeError(`"${message.type}" came before "join"`);
          else if (nodes.get(node.name) === node) take(node, message);
        },
        onCheckpoint: (step, files) => node?.stage !== undefined && options.onCheckpoint(node.stage, step, files),
        onClosed(reason) {
          if (node?.session === session) lose(node, reason?.message ?? "its link was closed");
        },
      });
      const patience = setTimeout(() => {
        if (node !== undefined) return;
        ports.log(`closed the link to ${link.remote}: no node has joined over it`);
        link.close();
      }, PREPARE_MS);
      void link.closed.then(() => clearTimeout(patience));
    },
  });

  function admit(session: NodeSession, name: string, fingerprint: TrainingFingerprint): Node | undefined {
    const node = nodes.get(name) ?? { name, startedMs: ports.now() };
    const unplaced =
      node.session !== undefined
        ? `a node named "${name}" has joined already`
        : !nodes.has(name) && nodes.size >= options.maxNodes
          ? `the run has ${nodes.size} nodes of ${options.maxNodes}; more are not possible, since each needs leaves of its own`
          : undefined;
    const different = unplaced === undefined ? options.refusalOf(fingerprint) : undefined;
    const refusal = unplaced ?? different;
    if (refusal !== undefined) {
      session.send({ type: "refused", reason: refusal });
      session.end();
      ports.log(`refused node "${name}": ${refusal}`);
      const code = different === undefined ? undefined : "fingerprint_mismatch";
      if (node.handle !== undefined && node.session === undefined) lose(node, `refused: ${refusal}`, code);
      return undefined;
    }
    node.session = session;
    nodes.set(name, node);
    node.stage = emptiestStage();
    session.send(options.jobFor(node.stage));
    return node;
  }

  /** The stage that the fewest nodes have. */
  function emptiestStage(): number {
    const counts = Array.from(
      { length: options.stages },
      (_, stage) => [...nodes.values()].filter((node) => node.stage === stage).length,
    );
    return counts.indexOf(Math.min(...counts));
  }

  function take(node: Node, message: Exclude<NodeMessage, { type: "join" | "want" | "checkpoint" }>): void {
    if (message.type === "heartbeat") {
      node.working = message.working === true;
      if (message.moved === true) options.onMoved();
    } else if (message.type === "failed")
      options.onFailed(trainingError(message.code, `node "${node.name}" failed: ${message.reason}`));
    else if (message.type === "prepared") {
      node.address = message.address;
      options.onPrepared(node.name, node.stage ?? 0, message);
    } else options.onMessage(node.name, message);
  }

  /** @param code Set where a node in its place would be lost for the same reason. */
  function lose(node: Node, reason: string, code?: RefusalCode): void {
    if (nodes.get(node.name) !== node) return;
    nodes.delete(node.name);
    node.session?.close();
    node.handle?.kill();
    if (stopping) return;
    ports.log(`lost node "${node.name}": ${reason}`);
    ports.onProgress({ type: "lost", node: node.name, reason });
    options.onLost(node.name);
    if (code !== undefined) strangers += 1;
    losses += 1;
    // All that were started compute differently, and so would those in their place.
    const isHopeless = strangers >= ports.nodes && ![...nodes.values()].some(({ session }) => session !== undefined);
    if (isHopeless || losses > Math.max(MAX_LOSSES_WITHOUT_PROGRESS, 2 * ports.nodes)) {
      const lost = `${losses} nodes were lost without one step in between; the last one: ${reason}`;
      options.onFailed(trainingError(code, lost));
    } else if (node.handle !== undefined) start();
  }

  function start(): void {
    const name = `node-${started++}`;
    const handle = ports.spawnNode(name, { host: listener.host, port: listener.port });
    const node: Node = { name, startedMs: ports.now(), handle };
    nodes.set(name, node);
    void handle.exited.then((how) => lose(node, how));
  }

  // A pause of this process (a suspended laptop, a blocked loop) is no silence of the nodes.
  let lastCheckMs = ports.now();
  let graceMs = 0;
  const watch = setInterval(() => {
    const nowMs = ports.now();
    graceMs = Math.max(0, nowMs - lastCheckMs - HEARTBEAT_MS) + graceMs / 2;
    lastCheckMs = nowMs;
    for (const node of nodes.values()) {
      const silentMs = nowMs - (node.session?.lastHeardMs ?? node.startedMs) - graceMs;
      const limitMs = node.address === undefined ? PREPARE_MS : SILENCE_MS;
      if (silentMs > limitMs) lose(node, `not heard for ${Math.round(silentMs)} ms`);
    }
  }, HEARTBEAT_MS / 2);

  const heart = setInterval(() => {
    for (const { session } of nodes.values()) session?.send({ type: "heartbeat" });
  }, HEARTBEAT_MS);

  for (let i = 0; i < ports.nodes; i++) start();

  return {
    send: (name, message) => nodes.get(name)?.session?.send(message),
    addressOf(name) {
      const address = nodes.get(name)?.address;
      if (address === undefined) throw new RangeError(`node "${name}" has not said where it is`);
      return address;
    },
    restart(name) {
      const node = nodes.get(name);
      if (node?.session === undefined) return;
      delete node.address;
      node.session.send(options.jobFor(node.stage ?? 0));
    },
    lose(name, reason) {
      const node = nodes.get(name);
      if (node !== undefined) lose(node, reason);
    },
    standing: () =>
      [...nodes.values()]
        .filter(({ session }) => session !== undefined)
        .map(({ name, working, address }) => ({ name, working: address === undefined || working === true })),
    progressed() {
      [losses, strangers] = [0, 0];
    },
    async stop(deadline) {
      stopping = true;
      clearInterval(watch);
      clearInterval(heart);
      listener.close();
      const all = [...nodes.values()];
      for (const { session } of all) {
        session?.send({ type: "stop" });
        session?.end();
      }
      const exits = Promise.all(all.map((node) => node.handle?.exited));
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), 2 * SILENCE_MS);
      const until = AbortSignal.any([patience.signal, ...(deadline ? [deadline] : [])]);
      await Promise.race([exits, aborted(until)]);
      clearTimeout(timer);
      for (const { handle, session } of all) {
        session?.close();
        handle?.kill();
      }
      await exits;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
