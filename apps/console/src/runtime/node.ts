import { createHmac } from "node:crypto";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createConsole } from "../service.ts";
import { readAssets } from "./read_assets.ts";

/** The console with its scripts and styles read from this package. Sessions outlive a restart, one-time links do not. */
export function onNode({ mode, openPorts, access, clusterSecret, publicAddress, now }: NodeRuntime): NodeService {
  // A key of its own: no cookie can pass for anything else that the cluster secret signs.
  const sessionSecret = createHmac("sha256", clusterSecret).update("millrace console sessions").digest("hex");
  return {
    service: createConsole(openPorts, access, { assets: readAssets(), mode, sessionSecret, publicAddress, now }),
  };
}
