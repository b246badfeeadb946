#!/usr/bin/env node
/**
 * The `millrace` command of the installed package. Runs on the host's Node (20 or newer): sees to it that Node 24 and ONNX Runtime are
 * there, then starts the real command.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { oneAtATime } from "../one_at_a_time.mjs";
import { startNode } from "../start_node.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PROGRAM = join(ROOT, "dist");
const RUNTIME = "onnxruntime-node";
const require = createRequire(join(PROGRAM, "main.js"));

/**
 * @param {string} name
 * @returns {string | undefined} The package's folder.
 */
function folderOf(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function node24() {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  const installed = join(folderOf("node") ?? "", "bin", "node");
  if (existsSync(installed)) return installed;
  throw new Error(
    `starting millrace: found Node ${process.versions.node} and no ${installed}, wanted Node 24. That file comes from an install ` +
      "script of the package `node`: install millrace with scripts allowed, or run it with Node 24",
  );
}

/**
 * Its install script downloads CUDA libraries, which nothing here uses. Where they are out of reach the script fails and npm leaves the
 * package out without a word.
 */
function installRuntime() {
  if (folderOf(RUNTIME)) return;
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const wanted = `${RUNTIME}@${optionalDependencies[RUNTIME]}`;
  console.error(`Installing ${wanted} (once) ...`);
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", ["install", ...flags, "--prefix", PROGRAM, wanted], {
    cwd: PROGRAM,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    throw new Error(
      `installing ${wanted} in ${PROGRAM}: ${error?.message ?? `npm ended with exit code ${status}`}; installing millrace with ` +
        "ONNXRUNTIME_NODE_INSTALL=skip in the environment brings it from the start",
    );
  }
}

async function main() {
  if (!folderOf(RUNTIME)) await oneAtATime(join(PROGRAM, "install.lock"), installRuntime);
  startNode(node24(), [join(PROGRAM, "main.js"), ...process.argv.slice(2)], { env: process.env });
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
