import { EVENTS, isFinal } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { asEnd, lockRun, stopRun } from "../advance.ts";

/** Ends the run whose stage failed. A failure of an attempt that was given up since is of no interest. */
export const failRun = onEvent({
  name: "fail_run",
  version: 1,
  event: EVENTS.stageFailed,
  async handle({ data }, context) {
    const run = await lockRun(context, data.runId);
    if (!run || isFinal(run.state) || run.attempt !== data.attempt) return;
    await stopRun(context, run, "failed", asEnd(data.error));
  },
});
