import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { LIVE, setAlias } from "../versions_store.ts";
import { versions } from "../tables.ts";

export const modelDeployed = onEvent({
  name: "model_deployed",
  version: 1,
  event: EVENTS.modelDeployed,
  async handle({ data }, { db, project }) {
    const { model, version, percent } = data;
    const row = and(eq(versions.project, project), eq(versions.model, model), eq(versions.version, version));
    await db.update(versions).set({ state: "deployed" }).where(row);
    if (percent === 100) await setAlias(db, project, model, LIVE, version);
  },
});
