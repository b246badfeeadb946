import { listenTcp } from "@millrace/collective/tcp";
import { type VerifiableVersion, type Verification, type VerifyOptions, verifyVersion } from "../verify_version.ts";
import { processNodes } from "./supervisor.ts";
import { sha256 } from "./sha256.ts";

export type { VerifiableVersion, Verification, VerifyOptions };

/** Trains a version again in child processes of this one and compares the checkpoints; nothing is stored or registered. */
export function verify(version: VerifiableVersion, options: VerifyOptions): Promise<Verification> {
  // The nodes of this training prove themselves to nobody else.
  const secret = crypto.randomUUID() + crypto.randomUUID();
  return verifyVersion(version, options, {
    listen: listenTcp,
    hash: sha256,
    clusterSecret: secret,
    nodesFor: (request) => processNodes({ ...request, secret }),
  });
}
