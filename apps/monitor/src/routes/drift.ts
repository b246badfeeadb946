import { type DriftView, ModelName } from "@millrace/contracts";
import { needs, type Http, readQuery } from "@millrace/service";
import { z } from "zod";
import { driftOf } from "../drift_view.ts";
import { readProfile } from "../read_profile.ts";
import { readWatch } from "../watch/watch_version.ts";

const DriftQuery = z.strictObject({ model: ModelName, version: z.coerce.number().pipe(z.int().positive()) });

/** Prompts beside the corpus. */
export function driftRoutes(http: Http): void {
  http.get("/api/monitor/drift", needs("viewer", "read"), async (context) => {
    const { ports, identity, artifacts } = context.var;
    const { model, version } = readQuery(context, DriftQuery);
    const watch = await readWatch(ports.database.drizzle, { project: identity.project, model, version });
    const sha256 = watch?.state.drift.profile ?? null;
    const profile = sha256 === null ? undefined : await readProfile(artifacts, sha256);
    const view: DriftView = { model, version, ...driftOf(watch?.state.drift, profile) };
    return context.json(view);
  });
}
