import type { Lease } from "@millrace/bus";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";
import { withPorts } from "./ports.ts";
import type { Schedule } from "./schedule.ts";
import type { Service } from "./service.ts";

/**
 * Starts a schedule's work once a period until `signal` is aborted. The lease is taken for most of a period and never given back
 * early: that alone keeps other processes, which wait as long, from starting the same period's work again. Schedules of each process need
 * no lease.
 */
export async function runSchedule(
  service: Service,
  schedule: Schedule,
  { lease, owner }: { readonly lease: Lease; readonly owner: string },
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    const name = `schedule.${service.name}.${schedule.name}`;
    return (await lease.acquire(name, owner, 0.9 * schedule.everyMs)).held;
  };
  while (!signal.aborted) {
    try {
      if (schedule.perProcess === true || (await isTaken()))
        await withPorts(service.openPorts, (ports) => schedule.run(ports, signal));
    } catch (error) {
      log.error("a schedule's run failed", { schedule: schedule.name, error });
    }
    await pause(schedule.everyMs, signal);
  }
}
