import type { Ports } from "./ports.ts";

/** Work that recurs. Over all processes of the service it is started at most once a period, unless it says otherwise. */
export interface Schedule {
  /** `snake_case`; unique in the service. */
  readonly name: string;
  /** Time in ms from one start to the next. */
  readonly everyMs: number;
  /** Runs in every process of the service: for what a process alone knows. */
  readonly perProcess?: true;
  /** Short: long work is a job. An error is logged; the next period starts it again. */
  run(ports: Ports, signal: AbortSignal): Promise<void>;
}
