import { type Worker, workerOf } from "@millrace/service/worker";
import { createConsole } from "../service.ts";
import { unpackAssets } from "./packed_assets.ts";
import { sessionSecret } from "./session_secret.ts";

/** `ASSETS` is a binding beside the settings: what `packAssets` made. One-time links live in the isolate that made them. */
const worker: Worker = workerOf(
  "console",
  ({ mode, openPorts, access, clusterSecret, publicAddress, now }, bindings) => {
    const options = { mode, sessionSecret: sessionSecret(clusterSecret), publicAddress, now };
    return createConsole(openPorts, access, { assets: unpackAssets(String(bindings["ASSETS"])), ...options });
  },
);
export default worker;
