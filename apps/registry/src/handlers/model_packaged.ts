import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
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
    await db.update(versions).set({ state: "packaged", onnx, folder, package: data.package }).where(row);
    await knowArtifacts(db, project, [onnx, folder, data.package]);
    const name = `${model}@${version}`;
    await recordLineage(db, project, { kind: "package", id: data.package.sha256, label: "serving package" }, [
      { kind: "version", id: name, label: name, relation: "packaged from" },
    ]);
  },
});
