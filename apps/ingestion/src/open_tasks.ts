import type { Artifacts } from "@millrace/artifacts";
import { parseQuestions, type Recipe, type StageFailure, type TaskFile } from "@millrace/contracts";
import type { SourceFiles } from "./source_files.ts";

/** Larger files of questions are refused. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads and checks the files of a recipe's tasks: a mistake in them shows before anything is trained, and what is asked later is what
 * was there now.
 * @param tasks Their paths are absolute.
 * @returns The files as artifacts, or what is wrong with the first that is none.
 */
export async function openTasks(
  tasks: Recipe["evaluation"]["tasks"],
  files: SourceFiles,
  artifacts: Artifacts,
): Promise<TaskFile[] | StageFailure> {
  const opened: TaskFile[] = [];
  for (const { name, kind, path } of tasks) {
    const at = path.lastIndexOf("/");
    try {
      const bytes = await files.read(path.slice(0, at), path.slice(at + 1), MOST_BYTES);
      parseQuestions(kind, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      opened.push({ name, kind, questions: await artifacts.put(bytes, "application/jsonl") });
    } catch (error) {
      const message = `reading task ${name} from ${path}: ${error instanceof Error ? error.message : String(error)}`;
      return { code: "tasks_invalid", message };
    }
  }
  return opened;
}
