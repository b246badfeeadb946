/** The `evaluation` section of a recipe, and what of it the gates may name. */
import { z } from "zod";
import { TASK_KINDS, TaskKind, TaskName } from "./formats/scores.ts";

/** A gate on next-token accuracy has this name, so no task may have it. */
export const NEXT_TOKEN_ACCURACY = "next_token_accuracy";

const Task = z.strictObject({
  name: TaskName.refine((name) => name !== NEXT_TOKEN_ACCURACY, {
    error: `expected another name than ${NEXT_TOKEN_ACCURACY}, which is no task`,
  }).describe("What the task is called"),
  path: z.string().min(1).describe("A JSONL file, relative to the recipe's folder"),
  kind: TaskKind.describe(TASK_KINDS.join(" or ")),
});

export const EvaluationSection = z.strictObject({
  tasks: z
    .array(Task)
    .max(20)
    .refine((tasks) => new Set(tasks.map(({ name }) => name)).size === tasks.length, {
      error: "expected tasks of different names",
    })
    .default([])
    .describe("Questions that the trained model is asked"),
});

/** Least scores by name, for `deploy.gates`. */
export const LeastScores = z.record(TaskName, z.number().min(0).max(1));
export type LeastScores = z.infer<typeof LeastScores>;
