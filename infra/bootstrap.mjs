/**
 * First step of `npm run demo`, `npm test` and the `millrace` command: puts the dependencies and Node 24 in place, then starts what was
 * asked for with that Node. Plain JavaScript without dependencies, because it runs on whatever Node the host has (20 or newer).
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_24 = join(ROOT, "node_modules", "node", "bin", "node");
const LOCK = join(ROOT, ".cache", "bootstrap.lock");
const ENVIRONMENT = {
  ...process.env,
  // onnxruntime-node would otherwise download CUDA libraries and fail the install where they are out of reach.
  ONNXRUNTIME_NODE_INSTALL: "skip",
  TURBO_TELEMETRY_DISABLED: "1",
  PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH ?? ""}`,
};

/**
 * What each command needs and starts.
 * @type {Record<string, { development: boolean, parts: boolean, start: (args: string[]) => string[] }>}
 */
const COMMANDS = {
  cli: { development: false, parts: false, start: (args) => ["apps/cli/src/main.ts", ...args] },
  demo: { development: false, parts: false, start: (args) => ["apps/cli/src/main.ts", "demo", ...args] },
  test: { development: true, parts: true, start: (args) => ["node_modules/vitest/vitest.mjs", "run", ...args] },
  load: { development: true, parts: false, start: (args) => ["test/load/main.ts", ...args] },
  bench: { development: true, parts: true, start: (args) => ["benchmarks/main.ts", ...args] },
  check: {
    development: true,
    parts: false,
    start: (args) => [
      "node_modules/turbo/bin/turbo",
      "run",
      "types",
      "types:edge",
      "lint",
      "format:check",
      "unused",
      ...args,
    ],
  },
};

/**
 * True when node_modules holds what the lock file says: npm writes its own record there as the last act of an install.
 * @param {boolean} development Whether development tools are needed too.
 */
function isInstalled(development) {
  const record = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(record) || !existsSync(NODE_24)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) return true;
    if (entry.optional || entry.devOptional || (entry.dev && !development)) return true;
    return entry.link ? Boolean(found[path]) : found[path]?.version === entry.version;
  });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Waits for another install in this folder; a lock whose owner is gone is taken over. */
async function lockInstall() {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      const file = openSync(LOCK, "wx");
      writeFileSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = existsSync(LOCK) ? Number(readFileSync(LOCK, "utf8")) : 0;
    // An empty file is a lock that is just being made; after two seconds its maker is taken for dead.
    if (owner ? !isAlive(owner) : waited >= 10) rmSync(LOCK, { force: true });
    else if (waited === 0) console.error(`Waiting for another install in this folder (process ${owner}) ...`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** @param {boolean} development */
function install(development) {
  console.error(`Installing dependencies${development ? " and development tools" : ""} (once; about a minute) ...`);
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...(development ? [] : ["--omit=dev"])];
  const result = spawnSync("npm", flags, { cwd: ROOT, env: ENVIRONMENT, stdio: ["ignore", 2, 2] });
  if (result.error) throw new Error(`running npm ${flags.join(" ")}: ${result.error.message}`, { cause: result.error });
  if (result.status !== 0)
    throw new Error(`running npm ${flags.join(" ")}: it ended with exit code ${result.status}; its messages are above`);
  if (!existsSync(NODE_24)) {
    throw new Error(
      "installing Node 24: npm finished, yet node_modules/node/bin/node is missing; it comes from an install script, so check that ignore-scripts is off",
    );
  }
}

/** @param {boolean} development */
async function ensureInstalled(development) {
  if (isInstalled(development)) return;
  await lockInstall();
  try {
    if (!isInstalled(development)) install(development);
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/**
 * Installs what a command needs, runs it with Node 24 and takes its exit code.
 * @param {string[]} argv The command, one of `COMMANDS`, then its own arguments.
 */
export async function main([name = "", ...args]) {
  const command = COMMANDS[name];
  if (!command) {
    console.error(`bootstrap: unknown command "${name}"; expected one of ${Object.keys(COMMANDS).join(", ")}`);
    process.exit(2);
  }
  await ensureInstalled(command.development);
  if (command.parts)
    spawnSync("bash", [join(ROOT, "infra", "install.sh")], { cwd: ROOT, env: ENVIRONMENT, stdio: ["ignore", 2, 2] });
  const atRoot = name === "cli" || name === "demo" ? process.cwd() : ROOT;
  const [script, ...rest] = command.start(args);
  const child = spawn(NODE_24, ["--disable-warning=ExperimentalWarning", join(ROOT, script), ...rest], {
    cwd: atRoot,
    // The command ends with this process, also when it is killed and cannot say so.
    env: { ...ENVIRONMENT, MILLRACE_LAUNCHER: String(process.pid) },
    stdio: "inherit",
  });
  // The terminal signals the whole group; what runs decides when it is done. A signal sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    console.error(`starting Node 24 at ${NODE_24}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

// Node resolves links in the former and not in the latter; on macOS /tmp is one.
if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
