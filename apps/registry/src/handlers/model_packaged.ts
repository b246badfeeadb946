import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq, sql } from "drizzle-orm";
import { knowArtifacts } from "../artifacts.ts";
import { recordLineage } from "../lineage.ts";
import { versions } from "../tables.ts";

export const modelPackaged = onEvent({
  name: "model_packaged",
  version: 1,
  event: EVENTS.modelPackaged,
  async handle({ data }, { db, project }) {
    const { model, version, onnx, folder } = data;
    const row = and(eq(versions.project, project), eq(versions.model, model), eq(versions.version, version));
    // News that it is deployed may have come first.
    const state = sql`case when ${versions.state} = 'deployed' then ${versions.state} else 'packaged' end`;
    await db.update(versions).set({ state, onnx, folder, package: data.package }).where(row);
    await knowArtifacts(db, project, [onnx, folder, data.package]);
    const name = `${model}@${version}`;
    await recordLineage(db, project, { kind: "package", id: data.package.sha256, label: "serving package" }, [
      { kind: "version", id: name, label: name, relation: "packaged from" },
    ]);
  },
});
