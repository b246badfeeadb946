import { EVENTS } from "@millrace/contracts";
import { expect, test } from "vitest";
import { publishRoot } from "./root_event.ts";
import { testHost } from "./testing/test_host.ts";

test("publishRoot() gives the same key the same event, which is its own cause, and refuses what is not the service's to tell", async () => {
  const host = await testHost({ services: () => [] });
  try {
    const fact = { name: "tell_traffic", version: 1, project: "default", key: "docs@2 window 1", subject: "docs@2" };
    const tell = (service: "inference" | "registry") =>
      publishRoot(host.ports, { name: service }, fact, EVENTS.trafficObserved, EVENTS.trafficObserved.example);
    const first = await tell("inference");
    expect((await tell("inference")).id).toBe(first.id);
    expect(first).toMatchObject({ causationid: first.id, correlationid: "docs@2", source: "/millrace/inference" });
    await expect(tell("registry")).rejects.toThrow("wanted an emitter of it: inference");
  } finally {
    await host.close();
  }
});
