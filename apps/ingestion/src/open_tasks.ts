import type { Artifacts } from "@millrace/artifacts";
import { parseQuestions, type Recipe, type StageFailure, type TaskFile } from "@millrace/contracts";
import type { SourceFiles } from "./source_files.ts";

/** Larger files of questions are refused. */
const MOST_BYTES = 64 * 1024 * 1024;

type Task = Recipe["evaluation"]["tasks"][number];

/**
 * Reads and checks the files of a recipe's tasks: a mistake in them shows before anything is trained, and what is asked later is what
 * was there now.
 * @param tasks Their paths are absolute.
 * @returns The files as artifacts, or what is wrong with the first that is none.
 */
export async function openTasks(
  tasks: readonly Task[],
  files: SourceFiles,
  artifacts: Artifacts,
): Promise<TaskFile[] | StageFailure> {
  const opened: TaskFile[] = [];
  for (const task of tasks) {
    const read = await readTask(task, files);
    if ("code" in read) return read;
    const { name, kind } = task;
    opened.push({ name, kind, questions: await artifacts.put(read.bytes, "application/jsonl") });
  }
  return opened;
}

/**
 * Reads and checks the file of a task.
 * @param task Its path is absolute.
 * @returns The file's bytes, or what is wrong with it: the task, the file, where there is one the line, and what was wanted.
 */
export async function readTask(
  { name, kind, path }: Task,
  files: SourceFiles,
): Promise<{ readonly bytes: Uint8Array } | StageFailure> {
  const at = path.lastIndexOf("/");
  try {
    const bytes = await files.read(path.slice(0, at), path.slice(at + 1), MOST_BYTES);
    parseQuestions(kind, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return { bytes };
  } catch (error) {
    const message = `reading task ${name} from ${path}: ${error instanceof Error ? error.message : String(error)}`;
    return { code: "tasks_invalid", message };
  }
}
