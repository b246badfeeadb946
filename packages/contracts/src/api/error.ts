import { z } from "zod";

/** Body of every error of `/api/*` (`/v1/*` speaks OpenAI's form instead). */
export const ApiError = z.strictObject({
  error: z.strictObject({
    /** Stable, for programs: `not_found`, `invalid_request`, `conflict`, … */
    code: z.string(),
    /** What was attempted, found, wanted. */
    message: z.string(),
    problems: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    traceId: z.string().optional(),
  }),
});
export type ApiError = z.infer<typeof ApiError>;
