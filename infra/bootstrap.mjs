/**
 * First step of `npm run demo`, `npm test` and the `millrace` command: puts the dependencies and Node 24 in place, then starts what was
 * asked for with that Node. Plain JavaScript without dependencies, because it runs on whatever Node the host has (20 or newer).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { oneAtATime } from "./one_at_a_time.mjs";
import { startNode } from "./start_node.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_24 = join(ROOT, "node_modules", "node", "bin", "node");
const LOCK = join(ROOT, ".cache", "bootstrap.lock");
const ENVIRONMENT = {
  ...process.env,
  // onnxruntime-node would otherwise download CUDA libraries and fail the install where they are out of reach.
  ONNXRUNTIME_NODE_INSTALL: "skip",
  TURBO_TELEMETRY_DISABLED: "1",
  // Half of what a command takes to start is compiling.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, ".cache", "compile"),
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
  chaos: { development: true, parts: false, start: (args) => ["apps/trainer/src/testing/chaos_main.ts", ...args] },
  bench: { development: true, parts: true, start: (args) => ["benchmarks/main.ts", ...args] },
  edge: { development: true, parts: false, start: (args) => ["infra/edge/main.ts", ...args] },
  package: { development: true, parts: false, start: (args) => ["infra/package/main.ts", ...args] },
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
  await oneAtATime(LOCK, () => {
    if (!isInstalled(development)) install(development);
  });
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
  startNode(NODE_24, [join(ROOT, script), ...rest], { cwd: atRoot, env: ENVIRONMENT });
}

// Node resolves links in the former and not in the latter; on macOS /tmp is one.
if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
