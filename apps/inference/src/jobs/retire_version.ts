import { defineJob, type JobKind } from "@millrace/service";
import { z } from "zod";
import type { Fleet } from "../gateway/fleet.ts";
import { findVersion } from "../version_store.ts";

export const RETIRE_VERSION = "retire_version";

/** Ends the replicas of a version that went out of service. */
export function retireVersionJob(fleet: Fleet): JobKind {
  return defineJob({
    kind: RETIRE_VERSION,
    version: 1,
    input: z.strictObject({ model: z.string(), version: z.number() }),
    async run({ project, input }, { database, signal }) {
      const key = { project, ...input };
      // Loaded again in the meantime: then it is in service.
      if ((await findVersion(database.drizzle, key)) === undefined) await fleet.retire(key, signal);
    },
    completed: async () => {},
    failed: async (error, { log }, { input }) => log.error("retiring a replica failed", { ...input, error }),
  });
}
