/** Fields that events of all domains carry. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { TaskKind, TaskName } from "../formats/scores.ts";

/** Id of a pipeline run. */
export const RunId = z.string().min(1).max(80);
/** 1, and one more for each resume of the run. */
export const Attempt = z.int().positive();
/** How many there are of something. */
export const Count = z.int().nonnegative();
/** Questions of a task as they were read from its file. */
export const TaskFile = z.strictObject({ name: TaskName, kind: TaskKind, questions: ArtifactRef });
export type TaskFile = z.infer<typeof TaskFile>;
