import { createHmac } from "node:crypto";

/** A key of its own for sessions: no cookie can pass for anything else that the cluster secret signs. */
export function sessionSecret(clusterSecret: string): string {
  return createHmac("sha256", clusterSecret).update("millrace console sessions").digest("hex");
}
