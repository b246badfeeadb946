/**
 * Files of questions: JSON lines in the style of lm-evaluation-harness. Of multiple choice, `query`, `choices` and `gold`, the index
 * of the right choice. Of a cloze, `context` and `target`; or, as LAMBADA has it, `text` whose last word is the target.
 */
import { z } from "zod";
import { kindOf, problemsOf } from "../problems.ts";
import type { TaskKind } from "./scores.ts";

/** A question in the form that both kinds are asked in: what stands before, and what may follow. */
export interface Question {
  readonly context: string;
  /** Of a cloze, the target alone. */
  readonly continuations: readonly string[];
  /** Index of the right one. */
  readonly gold: number;
}

/** A file of questions that cannot be used. */
export class TaskFormatError extends Error {
  override readonly name = "TaskFormatError";
}

const MOST_QUESTIONS = 100_000;
const text = z.string().max(100_000);
const filled = text.refine((value) => value.trim() !== "", { error: "expected text other than white space" });

const Choice = z
  .object({ query: text, choices: z.array(filled).min(2).max(26), gold: z.int().nonnegative() })
  .refine(({ choices, gold }) => gold < choices.length, {
    path: ["gold"],
    error: "expected the index of one of the choices",
  });
const Cloze = z.union([
  z.object({ context: text, target: filled }),
  z.object({ text: text.refine((value) => /\S\s+\S+\s*$/.test(value), { error: "expected at least two words" }) }),
]);

/**
 * Reads a file of questions; what else stands in a line is left alone, empty lines are none.
 * @throws {TaskFormatError} If it holds none, too many, or a line is no question of the kind; it names the line and quotes nothing, since
 *   what is no file of questions may be any file.
 */
export function parseQuestions(kind: TaskKind, file: string): Question[] {
  const lines = file.split("\n").flatMap((line, at) => (line.trim() === "" ? [] : [{ line, number: at + 1 }]));
  if (lines.length === 0 || lines.length > MOST_QUESTIONS) {
    throw new TaskFormatError(`found ${lines.length} questions, wanted 1 to ${MOST_QUESTIONS}, one JSON object a line`);
  }
  return lines.map(({ line, number }) => {
    const schema = kind === "cloze" ? Cloze : Choice;
    const value = jsonOf(line, number, kind);
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const [first] = problemsOf(parsed.error, value, schema, kindOf);
      throw new TaskFormatError(`line ${number} is no question of ${kind}: ${first?.message}`);
    }
    return questionOf(parsed.data);
  });
}

/** What a line of a kind is, as messages say it. */
const WANTED: Readonly<Record<TaskKind, string>> = {
  multiple_choice: '{"query", "choices", "gold"}',
  cloze: '{"context", "target"} or {"text"}',
};

function jsonOf(line: string, number: number, kind: TaskKind): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new TaskFormatError(`line ${number} is not JSON, wanted ${WANTED[kind]}`);
  }
}

function questionOf(data: z.infer<typeof Choice> | z.infer<typeof Cloze>): Question {
  if ("choices" in data) return { context: data.query, continuations: data.choices, gold: data.gold };
  if ("target" in data) return { context: data.context, continuations: [data.target], gold: 0 };
  const whole = data.text.trimEnd();
  const target = /\S+$/.exec(whole)?.[0] ?? "";
  return { context: whole.slice(0, -target.length).trimEnd(), continuations: [target], gold: 0 };
}
