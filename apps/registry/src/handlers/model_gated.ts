import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { versions } from "../tables.ts";

/** What was measured before a deployment belongs to the version's page, passed or not. */
export const modelGated = onEvent({
  name: "model_gated",
  version: 1,
  event: EVENTS.modelGated,
  async handle({ data }, { db, project }) {
    const { model, version, gates } = data;
    const row = and(eq(versions.project, project), eq(versions.model, model), eq(versions.version, version));
    await db.update(versions).set({ gates }).where(row);
  },
});
