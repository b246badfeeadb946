import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { versions } from "../tables.ts";

/** A version whose roll-out was taken back says so on its page. */
export const rolloutAborted = onEvent({
  name: "rollout_aborted",
  version: 1,
  event: EVENTS.rolloutAborted,
  async handle({ data: { model, version } }, { db, project }) {
    const row = and(eq(versions.project, project), eq(versions.model, model), eq(versions.version, version));
    await db.update(versions).set({ state: "rolled_back" }).where(row);
  },
});
