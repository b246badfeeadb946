/** Logs are JSON lines written to an injected sink; the clock is injected too. Values under secret-looking names never leave. */

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to each line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly service: string;
  /** Receives one line without its line break. */
  readonly sink: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Lines below are not written. Default `info`. */
  readonly level?: LogLevel;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
// Only text is hidden: `tokens: 512` is a count, `token: "abc"` is not.
const SECRET_NAME = /secret|token|password|authorization|cookie|api_?key|credential/i;

/** Makes a log that writes `{time, level, service, msg, ...fields}`; an error under `error` becomes name, message and stack. */
export function createLog(options: LogOptions): Log {
  const lowest = LEVELS.indexOf(options.level ?? "info");
  const withFields = (fixed: LogFields): Log => {
    const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(level) < lowest) return;
      const time = new Date(options.now()).toISOString();
      options.sink(
        JSON.stringify({ time, level, service: options.service, msg: message, ...fixed, ...fields }, presentable),
      );
    };
    return {
      debug: (message, fields) => write("debug", message, fields),
      info: (message, fields) => write("info", message, fields),
      warn: (message, fields) => write("warn", message, fields),
      error: (message, fields) => write("error", message, fields),
      with: (fields) => withFields({ ...fixed, ...fields }),
    };
  };
  return withFields({});
}

function presentable(name: string, value: unknown): unknown {
  if (typeof value === "string" && SECRET_NAME.test(name)) return "[redacted]";
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) {
    return {
      name: value.name,
      message: value.message,
      stack: value.stack,
      ...(value.cause ? { cause: value.cause } : {}),
    };
  }
  return value;
}
