import { EVENTS } from "@millrace/contracts";
import { defineJob, type JobKind } from "@millrace/service";
import type { Fleet } from "../gateway/fleet.ts";
import { ReplicaUnavailableError } from "../gateway/replica_errors.ts";
import { addVersion } from "../version_store.ts";

export const LOAD_VERSION = "load_version";

/** What an event takes of a message. */
const MESSAGE_CHARACTERS = 4000;

/** Brings a version's replica up. Running it again finds the replica that is up. */
export function loadVersionJob(fleet: Fleet): JobKind {
  return defineJob({
    kind: LOAD_VERSION,
    version: 1,
    input: EVENTS.servingLoad.schema,
    async run({ project, input }, { signal }): Promise<{ readonly problem?: string }> {
      const { model, version } = input;
      const keeper = await fleet.keeper({ project, model, version, package: input.package });
      try {
        await keeper.ready(signal);
        return {};
      } catch (error) {
        if (!(error instanceof ReplicaUnavailableError)) throw error;
        await fleet.retire({ project, model, version });
        return { problem: error.message };
      }
    },
    async completed({ problem }, context, { input }) {
      const { runId, attempt, model, version } = input;
      if (problem !== undefined) {
        const message = `loading ${model}@${version}: ${problem}`.slice(0, MESSAGE_CHARACTERS);
        const error = { code: "replica_failed", message };
        context.output(`attempt ${attempt}`, EVENTS.stageFailed, { runId, stage: "deploying", attempt, error });
        return;
      }
      const { db, project } = context;
      await addVersion(db, { project, model, version, package: input.package, loadedAt: context.now() });
      const loaded = { runId, attempt, model, version, replicas: 1 };
      context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingLoaded, loaded);
    },
    async failed({ message }, context, { input }) {
      const { runId, attempt } = input;
      const error = { code: "replica_failed", message: message.slice(0, MESSAGE_CHARACTERS) };
      context.output(`attempt ${attempt}`, EVENTS.stageFailed, { runId, stage: "deploying", attempt, error });
    },
  });
}
