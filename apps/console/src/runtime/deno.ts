import { serveOnDeno } from "@millrace/service/deno";
import { createConsole } from "../service.ts";
import { readAssets } from "./read_assets.ts";
import { sessionSecret } from "./session_secret.ts";

await serveOnDeno("console", ({ mode, openPorts, access, clusterSecret, publicAddress, now }) => {
  const options = { mode, sessionSecret: sessionSecret(clusterSecret), publicAddress, now };
  return createConsole(openPorts, access, { assets: readAssets(), ...options });
});
