import { type FileHandle, mkdir, open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Log } from "@millrace/service";
import { eventFileHeader, eventRecord } from "@millrace/training";
import { type CurvesRequest, curvePoints, type TrainingCurves } from "../training_curves.ts";

/** Where event files lie, and what goes by. */
export interface TensorboardOptions {
  /** Holds a folder for each project, with a folder for each run. Made on first use. */
  readonly folder: string;
  readonly log: Pick<Log, "warn">;
  readonly now: () => number;
}

/** Writes curves as TensorBoard's event files. A file that cannot be written is told of once, and is no reason to end a training. */
export function tensorboardFiles({ folder, log, now }: TensorboardOptions): (request: CurvesRequest) => TrainingCurves {
  return ({ project, runId, claim, step, operationsPerToken }) => {
    const runFolder = join(folder, project, asFolderName(runId));
    const pointOf = curvePoints(now, operationsPerToken);
    const openedMs = now();
    const name = `events.out.tfevents.${Math.floor(openedMs / 1000)}.${hostname()}.${claim}`;
    let failed = false;

    async function opened(): Promise<FileHandle> {
      await mkdir(runFolder, { recursive: true });
      return open(join(runFolder, name), "a");
    }

    function give(error: unknown): void {
      if (!failed) log.warn("curves are not written", { folder: runFolder, error });
      failed = true;
    }

    const file = opened();
    let writing = file.then(async (opened) => {
      await opened.appendFile(eventFileHeader(openedMs));
      await opened.appendFile(eventRecord(openedMs, { restartAt: step + 1 }));
    });
    writing.catch(give);
    return {
      add(progress) {
        const point = pointOf(progress);
        if (point === undefined || failed) return;
        const bytes = eventRecord(now(), point);
        writing = writing.then(async () => (await file).appendFile(bytes));
        writing.catch(give);
      },
      async close() {
        await writing.catch(give);
        await (await file.catch(() => undefined))?.close();
      },
    };
  };
}

/** A name from outside as one folder's name: neither a path nor `.` or `..`. */
function asFolderName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(".", "%2E");
}
