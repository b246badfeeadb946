import { Sha256 } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { z } from "zod";
import { passages } from "../tables.ts";
import { endErasure } from "../forgotten.ts";

export const PURGE = "purge";

/** Ends an erasure: what the database's files still hold of rows that were deleted goes too, in the embedded one. */
export const purgeJob = defineJob({
  kind: PURGE,
  // The embedded database takes no word that the job is alive while it writes a table anew.
  leaseMs: 600_000,
  version: 1,
  input: z.strictObject({ documentId: Sha256 }),
  async run(_job, { database }) {
    await database.purge([passages]);
  },
  async completed(_outcome, { db, project }, { input: { documentId } }) {
    await endErasure(db, project, documentId, "done");
  },
  async failed(_error, { db, project }, { input: { documentId } }) {
    await endErasure(db, project, documentId, "failed");
  },
});
