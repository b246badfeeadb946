/** Process of one evaluation: takes one input from its parent, answers, ends. */
import type { EvaluationInput } from "../evaluation/measure.ts";
import { measureHere } from "./measure.ts";
import type { MeasureAnswer } from "./measure_process.ts";

const answer = (message: MeasureAnswer): Promise<void> =>
  new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));

// Without a parent nobody waits for the answer.
process.on("disconnect", () => process.exit());
// A terminal sends Ctrl-C to all processes; the parent decides.
process.on("SIGINT", () => {});
process.once("message", (input: EvaluationInput) => {
  measureHere(input, (name) => void answer({ measured: name }))
    .then(
      (measures) => answer({ measures }),
      (error: unknown) => answer({ failed: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});
