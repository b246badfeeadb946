/** Looks at this machine, one question at a time. A check that fails is an answer, not an error. */
import { access, constants, stat, statfs } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { requireWritableFolder } from "../writable.ts";
import { thisMachine } from "./machine.ts";

export interface Check {
  readonly name: string;
  readonly state: "ok" | "missing" | "failed";
  /** Whether Millrace does its main job without it. */
  readonly optional: boolean;
  readonly detail: string;
}

const LEAST_NODE = 24;
/** The embedded Postgres, a trainer and a replica together. */
const LEAST_MEMORY_BYTES = 2e9;
const LEAST_DISK_BYTES = 2e9;

/** Where `infra/install.sh` puts what it builds. */
const OWN_BIN = fileURLToPath(new URL("../../../../.cache/bin", import.meta.url));

/** Programs that only tests use, by the environment variable that may name them. `npm test` installs them where it can. */
const PROGRAMS = [
  { name: "nats-server", variable: "MILLRACE_NATS_SERVER", names: ["nats-server"], places: [OWN_BIN, "/usr/sbin"] },
  {
    name: "chromium",
    variable: "CHROMIUM_PATH",
    names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "Google Chrome", "Chromium"],
    places: ["Google Chrome", "Chromium"].map((app) => `/Applications/${app}.app/Contents/MacOS`),
  },
] as const;

/** Asks all questions. */
export async function diagnose(dataDir: string): Promise<Check[]> {
  const needed = [
    check("node", checkNode),
    // Without it the Node binding does the work, more slowly.
    check("koffi", checkCApi, true),
    check("onnxruntime", checkExecutor),
    check("memory", checkMemory),
    check("disk", () => checkDisk(dataDir)),
    check("data folder", () => checkDataFolder(dataDir)),
  ];
  return Promise.all([...needed, ...PROGRAMS.map(findProgram)]);
}

async function check(name: string, ask: () => Promise<string> | string, optional = false): Promise<Check> {
  try {
    return { name, state: "ok", optional, detail: await ask() };
  } catch (error) {
    return { name, state: "failed", optional, detail: error instanceof Error ? error.message : String(error) };
  }
}

function checkNode(): string {
  if (Number(process.versions.node.split(".")[0]) < LEAST_NODE) {
    throw new Error(`found Node ${process.version}, wanted ${LEAST_NODE} or newer`);
  }
  return `${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`;
}

async function checkCApi(): Promise<string> {
  const { onnxC } = await import("@millrace/execution/onnx_c");
  const executor = onnxC();
  await executor.close();
  return "opens ONNX Runtime's C API";
}

async function checkExecutor(): Promise<string> {
  const { openExecutor } = await import("@millrace/execution/open");
  const warnings: string[] = [];
  const executor = await openExecutor((message) => warnings.push(message));
  try {
    const { runtime, kernelClass, probe } = await executor.fingerprint();
    return [`${runtime} by ${executor.name}, ${kernelClass}, fingerprint ${probe}`, ...warnings].join("; ");
  } finally {
    await executor.close();
  }
}

function checkMemory(): string {
  const { memoryBytes: limit } = thisMachine();
  const found = `${gigabytes(limit)} in all, ${gigabytes(Math.min(freemem(), limit))} free`;
  if (limit < LEAST_MEMORY_BYTES) throw new Error(`${found}; wanted at least ${gigabytes(LEAST_MEMORY_BYTES)}`);
  return found;
}

async function checkDisk(dataDir: string): Promise<string> {
  const { bavail, bsize } = await statfs(await nearestFolder(resolve(dataDir)));
  const free = bavail * bsize;
  if (free < LEAST_DISK_BYTES)
    throw new Error(`${gigabytes(free)} free; wanted at least ${gigabytes(LEAST_DISK_BYTES)}`);
  return `${gigabytes(free)} free`;
}

async function nearestFolder(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return nearestFolder(dirname(path));
  }
}

async function checkDataFolder(dataDir: string): Promise<string> {
  const { liveOwner } = await import("../data_folder/data_folder.ts");
  const path = resolve(dataDir);
  await requireWritableFolder("--data-dir", dataDir);
  if ((await nearestFolder(path)) !== path) return `${path} is not there yet; it can be made`;
  const owner = await liveOwner(dataDir);
  if (!owner) return `${path} is owned by no process now`;
  return `${path} is owned by process ${owner.pid}${owner.address === null ? ", starting" : ` at ${owner.address}`}`;
}

async function findProgram({ name, variable, names, places }: (typeof PROGRAMS)[number]): Promise<Check> {
  const named = process.env[variable];
  const folders = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .concat(places);
  const candidates = named ? [named] : names.flatMap((file) => folders.map((folder) => join(folder, file)));
  for (const path of candidates) {
    if (await isProgram(path)) return { name, state: "ok", optional: true, detail: path };
  }
  const where = named ? `${variable} names ${named}, which is no program` : "not found";
  return { name, state: "missing", optional: true, detail: `${where}; only tests use it, and npm test installs it` };
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
