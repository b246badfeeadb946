import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { TASK_KINDS, type TaskKind, toldScore, VersionView } from "@millrace/contracts";
import { type Command, Option } from "commander";
import { messageOf } from "../filters/read_records.ts";
import { taskLine } from "../run/task_line.ts";
import { UsageError } from "../usage_error.ts";
import { print } from "./data_options.ts";
import { requireModelVersion, versionPath } from "./model_version.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

interface Options extends TargetOptions {
  readonly task: readonly string[];
  readonly kind: TaskKind;
}

/** `millrace evaluate`: asks a version tasks. */
export function register(program: Command): void {
  withTargetOptions(program.command("evaluate"))
    .description("ask a version questions of your own; nothing is stored")
    .argument("<model@version>", "such as tiny@1 or tiny@live")
    .requiredOption("--task <file...>", "JSON lines, a question each")
    .addOption(new Option("--kind <kind>", "what the questions are").choices(TASK_KINDS).default("multiple_choice"))
    .addHelpText(
      "after",
      `
multiple_choice: {"query": "The capital of France is", "choices": ["Paris", "Rome"], "gold": 0}
cloze:           {"context": "Roses are", "target": "red"}, or {"text": "..."} whose last word is the target

Answers are judged by their likelihood, as lm-evaluation-harness does; acc_norm is by the characters of a choice.

Example:
  millrace evaluate tiny@1 --task capitals.jsonl`,
    )
    .action(async (what: string, { task: files, kind, ...target }: Options) => {
      const named = requireModelVersion("evaluate", what);
      const tasks = await Promise.all(files.map((file) => readTask(file, kind)));
      const { evaluate } = await import("@millrace/trainer/evaluate");
      const { version, scores } = await withReader(target, async (reader) => {
        const found = await reader.get(versionPath(named), VersionView);
        const read = (sha256: string): Promise<Uint8Array> => reader.bytes(`/api/registry/artifacts/${sha256}`);
        return { version: found, scores: await evaluate(found, tasks, read) };
      });
      const told = scores.map(toldScore);
      const name = `${version.model}@${version.version}`;
      print(target.json, { version: name, tasks: told }, () => [name, ...told.map((score) => `  ${taskLine(score)}`)]);
    });
}

/** @throws {UsageError} If there is no such file, or it holds no questions of the kind. */
async function readTask(file: string, kind: TaskKind) {
  const { parseQuestions } = await import("@millrace/contracts");
  try {
    const questions = await readFile(file, "utf8");
    parseQuestions(kind, questions);
    return { name: basename(file, extname(file)), kind, questions };
  } catch (error) {
    throw new UsageError(`millrace evaluate: reading ${file} with --kind ${kind}: ${messageOf(error)}`);
  }
}
