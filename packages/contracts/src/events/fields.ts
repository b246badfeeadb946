/** Fields that events of all domains carry. */
import { z } from "zod";

/** Id of a pipeline run. */
export const RunId = z.string().min(1).max(80);
/** 1, and one more for each resume of the run. */
export const Attempt = z.int().positive();
/** How many there are of something. */
export const Count = z.int().nonnegative();
