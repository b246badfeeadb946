/** The HTTP side of registry, console and gateway gives the same answers on Node, Deno and workerd. */
import { natsSkipReason } from "@millrace/bus/testing";
import { postgresUnavailable } from "@millrace/database/testing";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { consoleCases } from "./console_cases.ts";
import { gatewayCases } from "./gateway_cases.ts";
import { type Installation, startInstallation } from "./installation.ts";
import { programUnavailable } from "./programs.ts";
import { registryCases } from "./registry_cases.ts";
import { type Runtime, RUNTIMES } from "./runtimes.ts";

const MINUTES = 60_000;
const servers = natsSkipReason() ?? postgresUnavailable();
const skips = {
  Node: servers,
  Deno: servers ?? programUnavailable("deno"),
  workerd: servers ?? programUnavailable("workerd"),
};
for (const [name, reason] of Object.entries(skips)) if (reason) console.warn(`skipped: HTTP on ${name}: ${reason}`);

let installation: Installation;
/** Handles events, so that there is something to ask for. */
let node: Runtime;
beforeAll(async () => {
  if (servers) return;
  installation = await startInstallation();
  node = await RUNTIMES.Node(installation);
  const headers = { authorization: `Bearer ${installation.apiKey}` };
  const until = (path: string, wanted: object): Promise<void> =>
    vi.waitFor(async () => expect(await (await fetch(path, { headers })).json()).toMatchObject(wanted), {
      timeout: MINUTES,
      interval: 100,
    });
  await installation.make();
  await until(`${node.address("registry")}/api/registry/models`, { models: [{ name: "docs" }] });
  await until(`${node.address("inference")}/v1/models`, { data: [{ id: "docs@1" }] });
  await installation.route();
  await until(`${node.address("inference")}/v1/models`, { data: [{ id: "docs" }, { id: "docs@1" }] });
}, 2 * MINUTES);
afterAll(async () => {
  await node?.stop();
  await installation?.stop();
}, MINUTES);

describe.each(["Node", "Deno", "workerd"] as const)("on %s", (name) => {
  describe.skipIf(skips[name])("HTTP", () => {
    let runtime: Runtime;
    beforeAll(async () => {
      runtime = name === "Node" ? node : await RUNTIMES[name](installation, node.address("inference"));
    }, 2 * MINUTES);
    afterAll(async () => {
      if (runtime !== node) await runtime?.stop();
    });
    const at = () => ({ installation, runtime, replicas: name === "workerd" ? node : runtime });
    registryCases(at);
    consoleCases(at);
    gatewayCases(at);
  });
});
