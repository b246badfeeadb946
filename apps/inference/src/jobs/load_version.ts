import { EVENTS } from "@millrace/contracts";
import { defineJob, failStage, type JobKind } from "@millrace/service";
import type { Fleet } from "../gateway/fleet.ts";
import { ReplicaUnavailableError } from "../gateway/replica_errors.ts";
import { addVersion } from "../version_store.ts";

export const LOAD_VERSION = "load_version";

/** Brings a version's replicas up; one that is ready is enough to answer. Running it again finds those that are up. */
export function loadVersionJob(fleet: Fleet): JobKind {
  return defineJob({
    kind: LOAD_VERSION,
    version: 1,
    input: EVENTS.servingLoad.schema,
    async run({ project, input }, { signal }): Promise<{ readonly problem?: string; readonly replicas: number }> {
      const { model, version } = input;
      const group = await fleet.load({ project, model, version, package: input.package });
      try {
        await group.ready(signal);
        return { replicas: group.replicas.length };
      } catch (error) {
        if (!(error instanceof ReplicaUnavailableError)) throw error;
        await fleet.retire({ project, model, version }, signal);
        return { problem: error.message, replicas: 0 };
      }
    },
    async completed({ problem, replicas }, context, { input }) {
      const { runId, attempt, model, version } = input;
      if (problem !== undefined) {
        const message = `loading ${model}@${version}: ${problem}`;
        return failStage(context, "deploying", input, { code: "replica_failed", message });
      }
      const { db, project } = context;
      await addVersion(db, { project, model, version, package: input.package, loadedAt: context.now() });
      const loaded = { runId, attempt, model, version, replicas };
      context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingLoaded, loaded);
    },
    async failed({ message }, context, { input }) {
      failStage(context, "deploying", input, { code: "replica_failed", message });
    },
  });
}
