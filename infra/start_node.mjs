import { spawn } from "node:child_process";

/**
 * Runs a script with a Node of our choice in place of this process: the same terminal, signals and exit code.
 * @param {string} node Path of the program.
 * @param {string[]} args The script and its own arguments.
 * @param {{ cwd?: string, env: Record<string, string | undefined> }} options
 */
export function startNode(node, args, { cwd, env }) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd,
    // The command ends with this process, also when it is killed and cannot say so.
    env: { ...env, MILLRACE_LAUNCHER: String(process.pid) },
    stdio: "inherit",
  });
  // The terminal signals the whole group; what runs decides when it is done. A signal sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    console.error(`starting Node 24 at ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal) console.error(`millrace was ended by ${signal}`);
    process.exit(signal ? 1 : (code ?? 1));
  });
}
