import type { CheckpointFiles } from "../node/replica.ts";
import type { Hash } from "../hash.ts";
import type { Resume, TrainingJob } from "../training_job.ts";
import type { CoordinatorPorts } from "./ports.ts";

/** What a run begins with or goes on from, in pieces: what each stage sends, and what a node that takes its place is given. */
export interface StagePieces {
  /** Cuts up what the job begins with or goes on from. */
  begin(): Promise<void>;
  /** Takes a stage's piece of the checkpoint after `step` steps; gives the whole when all are there. */
  add(stage: number, step: number, files: CheckpointFiles): CheckpointFiles | undefined;
  /** From now on nodes that begin are given pieces of this checkpoint. */
  goOnFrom(resume: Resume, whole: CheckpointFiles): Promise<void>;
  /** The job as a stage is given it. @param resume Where the run goes on; absent: at its beginning. */
  jobOf(stage: number, resume: Resume | undefined): TrainingJob;
  /** Bytes of a piece, or of what else has an address. */
  read(sha256: string): Promise<Uint8Array>;
}

interface Piece {
  readonly files: CheckpointFiles;
  readonly addresses: Pick<Resume, "model" | "state">;
}

async function addressed(files: CheckpointFiles, hash: Hash): Promise<Piece> {
  return { files, addresses: { model: await hash(files.model), state: await hash(files.state) } };
}

/** Creates them; without stages the only piece is the whole. */
export function createStagePieces(
  job: TrainingJob,
  { stages, readBlob, hash }: Pick<CoordinatorPorts, "stages" | "readBlob" | "hash">,
): StagePieces {
  const jobFrom = (resume: Resume | undefined): TrainingJob => (resume === undefined ? job : { ...job, resume });
  if (stages === undefined) {
    return {
      begin: async () => {},
      add: (_, __, files) => files,
      goOnFrom: async () => {},
      jobOf: (_, resume) => jobFrom(resume),
      read: readBlob,
    };
  }
  const { count, base, join, cut } = stages;
  // Kept to the end: a node may still be fetching its part when there is a checkpoint.
  let parts: { readonly sha256: string; readonly bytes: Uint8Array }[] = [];
  let incoming: { readonly step: number; readonly pieces: Map<number, CheckpointFiles> } | undefined;
  let current: Piece[] = [];
  // What pieces were cut from, by their addresses: a node may still be fetching one when the next checkpoint is there.
  const origins = new Map<
    string,
    { readonly stage: number; readonly file: keyof CheckpointFiles; readonly of: Resume }
  >();

  async function goOnFrom(resume: Resume, whole: CheckpointFiles): Promise<void> {
    const sent = incoming?.step === resume.step ? incoming.pieces : undefined;
    incoming = undefined;
    const pieces = Array.from({ length: count }, (_, stage) => sent?.get(stage) ?? cut(stage, whole));
    current = await Promise.all(pieces.map((piece) => addressed(piece, hash)));
    for (const [stage, { addresses }] of current.entries()) {
      for (const file of ["model", "state"] as const) origins.set(addresses[file], { stage, file, of: resume });
    }
  }

  return {
    async begin() {
      const { resume } = job;
      if (resume !== undefined) {
        await goOnFrom(resume, { model: await readBlob(resume.model), state: await readBlob(resume.state) });
      }
      if (base === undefined || (resume !== undefined && !base.isFrozen)) return;
      const cut = await base.cut(job.blobs, readBlob);
      parts = await Promise.all(cut.map(async (bytes) => ({ bytes, sha256: await hash(bytes) })));
    },
    add(stage, step, files) {
      if (incoming?.step !== step) incoming = { step, pieces: new Map() };
      const { pieces } = incoming;
      pieces.set(stage, files);
      if (pieces.size < count) return undefined;
      return join(Array.from({ length: count }, (_, index) => pieces.get(index)!));
    },
    goOnFrom,
    jobOf(stage, resume) {
      const isNeeded = base !== undefined && (resume === undefined || base.isFrozen);
      const part = isNeeded && { [base.blob]: parts[stage]!.sha256 };
      const own = { ...job, blobs: { ...stages.blobsOf(stage, job.blobs), ...part } };
      return resume === undefined ? own : { ...own, resume: { ...resume, ...current[stage]?.addresses } };
    },
    async read(sha256) {
      const part = parts.find((one) => one.sha256 === sha256);
      if (part !== undefined) return part.bytes;
      const origin = origins.get(sha256);
      if (origin === undefined) return readBlob(sha256);
      const { stage, file, of } = origin;
      const piece = current[stage];
      if (piece?.addresses[file] === sha256) return piece.files[file];
      return cut(stage, { model: await readBlob(of.model), state: await readBlob(of.state) })[file];
    },
  };
}
