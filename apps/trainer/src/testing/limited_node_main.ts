/** A node of which the memory that it may write to is limited, in bytes, by the environment. */
import { execFileSync } from "node:child_process";

const limitBytes = process.env["LIMITED_NODE_BYTES"];
if (limitBytes !== undefined) execFileSync("prlimit", ["--pid", String(process.pid), `--data=${limitBytes}`]);
await import("../runtime/node_main.ts");
