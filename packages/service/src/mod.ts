/**
 * What every app is made of: handlers of events, jobs, schedules, HTTP, logs, and the runners that give them their guarantees.
 * `@millrace/service/node` is the edge to Node, `@millrace/service/testing` a host for tests.
 *
 * ```ts
 * import { EVENTS } from "@millrace/contracts";
 * import { type Access, defineService, onEvent, type OpenPorts, type Service } from "@millrace/service";
 *
 * const collect = onEvent({
 *   name: "collect",
 *   version: 1,
 *   event: EVENTS.corpusCollect,
 *   async handle({ data }, context) {
 *     await context.startJob("collect", `${data.runId} attempt ${data.attempt}`, data);
 *   },
 * });
 *
 * export function createService(openPorts: OpenPorts, access: Access): Service {
 *   return defineService({ name: "ingestion", subscriptions: [collect] }, openPorts, access);
 * }
 * ```
 *
 * @module
 */
export {
  type Access,
  actingFor,
  anyOf,
  apiKeys,
  type Authenticate,
  hashApiKey,
  LOCAL_HOST_NAMES,
  newApiKey,
  serviceToken,
  serviceTokens,
} from "./access.ts";
export { type Command, runCommand } from "./command.ts";
export type { EffectContext } from "./effect_context.ts";
export { failStage } from "./fail_stage.ts";
export { hasRole, type Identity } from "./identity.ts";
export { type EventHandler, type EventOf, onEvent, type PrepareContext, type Subscription } from "./handler.ts";
export { type HostOptions, type RunningServices, startServices } from "./host.ts";
export {
  checkHost,
  type Http,
  type HttpContext,
  type HttpEnv,
  type Needs,
  needs,
  readJson,
  readQuery,
  requireRole,
} from "./http.ts";
export { HttpError } from "./http_error.ts";
export { defineJob, type Job, type JobContext, type JobDefinition, type JobKind, LeaseLostError } from "./job.ts";
export { KEY_MEMORY_MS, type KeyDirectory } from "./key_directory.ts";
export { type AccessOptions, openAccess } from "./open_access.ts";
export { createLog, type Log, type LogFields, type LogLevel, type LogOptions } from "./log.ts";
export { type Counter, counter, type Gauge, gauge, type Histogram, histogram, type Labels } from "./metric.ts";
export { createMetrics, type Metrics, type Sample } from "./metrics.ts";
export type { Mode } from "./mode.ts";
export { NotYetError } from "./not_yet.ts";
export { httpPeers, localPeers, UnreachableError } from "./peers.ts";
export { type OpenPorts, type Peers, type Ports, type PortScope, withPorts } from "./ports.ts";
export { type LimitsOf, registryLimits } from "./project_limits.ts";
export { publishRoot, type RootFact } from "./root_event.ts";
export type { Schedule } from "./schedule.ts";
export { defineService, type Service, type ServiceDefinition, type ServiceRoute } from "./service.ts";
export { migrateService } from "./tables.ts";
export { DEFAULT_TIMING, type Timing } from "./timing.ts";
export { traceIdOf } from "./trace.ts";
export { pause } from "./pause.ts";
export { unlessAborted } from "./unless_aborted.ts";
export { yielding } from "./yielding.ts";
