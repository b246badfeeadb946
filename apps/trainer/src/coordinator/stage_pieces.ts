import type { CheckpointFiles } from "../node/replica.ts";
import { sha256Hex } from "../sha256.ts";
import type { Resume } from "../training_job.ts";
import type { CoordinatorPorts } from "./ports.ts";

/** The checkpoint that a run goes on from, in pieces: what each stage sends, and what a node that takes its place is given. */
export interface StagePieces {
  /** Takes a stage's piece of the checkpoint after `step` steps; gives the whole when all are there. */
  add(stage: number, step: number, files: CheckpointFiles): CheckpointFiles | undefined;
  /** From now on nodes that begin are given pieces of this checkpoint. */
  goOnFrom(resume: Resume, whole: CheckpointFiles): Promise<void>;
  /** Where a stage goes on. */
  resumeOf(stage: number, resume: Resume): Resume;
  /** Bytes of a piece, or of what else has an address. */
  read(sha256: string): Promise<Uint8Array>;
}

interface Piece {
  readonly files: CheckpointFiles;
  readonly addresses: Pick<Resume, "model" | "state">;
}

async function addressed(files: CheckpointFiles): Promise<Piece> {
  return { files, addresses: { model: await sha256Hex(files.model), state: await sha256Hex(files.state) } };
}

/** Creates them; without stages the only piece is the whole. */
export function createStagePieces({ stages, readBlob }: Pick<CoordinatorPorts, "stages" | "readBlob">): StagePieces {
  if (stages === undefined) {
    return { add: (_, __, files) => files, goOnFrom: async () => {}, resumeOf: (_, resume) => resume, read: readBlob };
  }
  const { count, join, cut } = stages;
  let incoming: { readonly step: number; readonly pieces: Map<number, CheckpointFiles> } | undefined;
  let current: Piece[] = [];
  // What pieces were cut from, by their addresses: a node may still be fetching one when the next checkpoint is there.
  const origins = new Map<
    string,
    { readonly stage: number; readonly file: keyof CheckpointFiles; readonly of: Resume }
  >();

  return {
    add(stage, step, files) {
      if (incoming?.step !== step) incoming = { step, pieces: new Map() };
      const { pieces } = incoming;
      pieces.set(stage, files);
      if (pieces.size < count) return undefined;
      return join(Array.from({ length: count }, (_, index) => pieces.get(index)!));
    },
    async goOnFrom(resume, whole) {
      const sent = incoming?.step === resume.step ? incoming.pieces : undefined;
      incoming = undefined;
      const pieces = Array.from({ length: count }, (_, stage) => sent?.get(stage) ?? cut(stage, whole));
      current = await Promise.all(pieces.map(addressed));
      for (const [stage, { addresses }] of current.entries()) {
        for (const file of ["model", "state"] as const) origins.set(addresses[file], { stage, file, of: resume });
      }
    },
    resumeOf: (stage, resume) => ({ ...resume, ...current[stage]?.addresses }),
    async read(sha256) {
      const origin = origins.get(sha256);
      if (origin === undefined) return readBlob(sha256);
      const { stage, file, of } = origin;
      const piece = current[stage];
      if (piece?.addresses[file] === sha256) return piece.files[file];
      return cut(stage, { model: await readBlob(of.model), state: await readBlob(of.state) })[file];
    },
  };
}
