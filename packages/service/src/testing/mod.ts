/**
 * For tests of services: a host with real embedded parts.
 *
 * ```ts
 * import { EVENTS } from "@millrace/contracts";
 * import { testHost } from "@millrace/service/testing";
 * import { createService } from "./service.ts";
 *
 * const host = await testHost({ services: (openPorts, access) => [createService(openPorts, access)] });
 * await host.start();
 * await host.publish("one", EVENTS.corpusCollect, EVENTS.corpusCollect.example);
 * console.log(await host.events.until(EVENTS.corpusCollected));
 * await host.close();
 * ```
 *
 * @module
 */
export type { RecordedEvents } from "./recorded_events.ts";
export { FAST_TIMING, testHost, type TestHost, type TestHostOptions } from "./test_host.ts";
