export {
  ROLES,
  type Role,
  LOCAL_HOST_NAMES,
  anyOf,
  apiKeys,
  type Access,
  type Authenticate,
  hashApiKey,
  type Identity,
  newApiKey,
  serviceToken,
  serviceTokens,
} from "./access.ts";
export { type Command, runCommand } from "./command.ts";
export type { EffectContext } from "./effect_context.ts";
export { type EventHandler, type EventOf, onEvent, type PrepareContext, type Subscription } from "./handler.ts";
export { type Http, type HttpContext, type HttpEnv, readJson, requireRole } from "./http.ts";
export { HttpError } from "./http_error.ts";
export { defineJob, type Job, type JobContext, type JobDefinition, type JobKind, LeaseLostError } from "./job.ts";
export { createLog, type Log, type LogFields, type LogLevel, type LogOptions } from "./log.ts";
export { httpPeers, localPeers } from "./peers.ts";
export { type OpenPorts, type Peers, type Ports, type PortScope, withPorts } from "./ports.ts";
export type { Schedule } from "./schedule.ts";
export { defineService, type Service, type ServiceDefinition } from "./service.ts";
export { migrateService } from "./tables.ts";
export { type HostOptions, type RunningServices, startServices } from "./host.ts";
export { DEFAULT_TIMING, type Timing } from "./timing.ts";
export { consumerOf } from "./event_runner.ts";
