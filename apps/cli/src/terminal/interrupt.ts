/** Ctrl-C, a service manager's stop, a closed terminal. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Aborts at the first of them; the next one ends the process at once, as people expect of a second Ctrl-C. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error("interrupted"));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  endWithLauncher(onSignal);
  return controller.signal;
}

const LOOK_MS = 500;

/** A launcher that was killed cannot pass the signal on; its child then gets another parent. */
function endWithLauncher(end: () => void): void {
  const launcher = Number(process.env["MILLRACE_LAUNCHER"]);
  if (!launcher || process.ppid !== launcher) return;
  const timer = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(timer);
    end();
  }, LOOK_MS);
  timer.unref();
}

/** Resolves at the first of them. */
export function untilInterrupted(signal: AbortSignal = interruption()): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    // Without a timer Node would end: waiting for a signal alone keeps no process alive.
    const keepAlive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener("abort", () => clearInterval(keepAlive), { once: true });
  });
}
