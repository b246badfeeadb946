import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createConsole } from "../service.ts";
import { readAssets } from "./read_assets.ts";
import { sessionSecret } from "./session_secret.ts";

/** The console with its scripts and styles read from this package. Sessions outlive a restart, one-time links do not. */
export function onNode({
  mode,
  openPorts,
  access,
  clusterSecret,
  publicAddress,
  loginCommand,
  now,
}: NodeRuntime): NodeService {
  const command = loginCommand === undefined ? {} : { loginCommand };
  const options = { mode, sessionSecret: sessionSecret(clusterSecret), publicAddress, now, ...command };
  return { service: createConsole(openPorts, access, { assets: readAssets(), ...options }) };
}
