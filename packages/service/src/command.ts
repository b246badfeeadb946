import { rootEventId } from "@millrace/contracts";
import { commitEffect, publishEffect } from "./effect.ts";
import type { EffectContext } from "./effect_context.ts";
import type { HttpContext } from "./http.ts";

export interface Command {
  /** `snake_case`, unique among the service's commands. */
  readonly name: string;
  readonly version: number;
  /** Chosen by the sender: within the project the same key is the same command, carried out once. */
  readonly idempotencyKey: string;
  /** The pipeline run it belongs to. */
  readonly correlationId: string;
  /** What its events are about, for people. */
  readonly subject: string;
}

/**
 * Carries out a request that changes something: `work` commits together with the events it outputs, which are published before this
 * resolves. An error of the bus is not the sender's business: the sweeper publishes what is left.
 * @returns `repeated` when the key was used before; then `work` was not run.
 */
export async function runCommand(
  http: HttpContext,
  command: Command,
  work: (context: EffectContext) => Promise<void>,
): Promise<{ readonly repeated: boolean }> {
  const { ports, service, identity, traceparent, log } = http.var;
  const producer = `${service.name}/${command.name}@${command.version}`;
  const eventId = await rootEventId(identity.project, producer, command.idempotencyKey);
  const key = { consumer: `command-${command.name}`, inboxId: eventId, requeues: 0 };
  const { correlationId, subject } = command;
  const by = {
    service: service.name,
    producer,
    project: identity.project,
    root: true,
    eventId,
    correlationId,
    subject,
  };
  const effect = await commitEffect(ports, service, key, { ...by, traceparent }, work);
  try {
    await publishEffect(ports, service, key, effect.events);
  } catch (error) {
    log.error("events of a command are left to the sweeper", { producer, error });
  }
  return { repeated: effect.repeated };
}
