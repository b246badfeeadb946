/** Runs one scenario by k6, as its own process. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../kit/millrace.ts";
import type { Target } from "./target.ts";

const Metric = z.object({
  type: z.string(),
  values: z.record(z.string(), z.number()),
  thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
});
const Summary = z.object({
  metrics: z.record(z.string(), Metric),
  checks: z.array(z.object({ name: z.string(), passes: z.number(), fails: z.number() })),
});

/** What k6 found. */
export interface Found {
  /** Whether every threshold held. */
  readonly held: boolean;
  readonly metrics: z.infer<typeof Summary>["metrics"];
  /** Answers that were looked at, by what must hold of them. */
  readonly checks: z.infer<typeof Summary>["checks"];
}

export interface Load {
  readonly seconds: number;
  /** Whether thresholds on times count; those on answers always do. */
  readonly times: "judged" | "measured";
}

/** k6 of the project's cache, or of the machine; undefined if there is none. */
export function findK6(): string | undefined {
  const own = join(ROOT, ".cache/bin/k6");
  if (existsSync(own)) return own;
  return spawnSync("k6", ["version"]).error === undefined ? "k6" : undefined;
}

const THRESHOLDS_MISSED = 99;

/**
 * Runs a scenario.
 * @param name Of a script in `scenarios/`.
 * @throws {Error} If there is no k6, or it ends otherwise than with a verdict; with what it said.
 */
export async function runK6(name: string, target: Target, { seconds, times }: Load): Promise<Found> {
  const k6 = findK6();
  if (k6 === undefined) throw new Error("running the load: k6 was not found; infra/install.sh installs it");
  const folder = await mkdtemp(join(tmpdir(), "millrace-k6-"));
  const summary = join(folder, "summary.json");
  try {
    const script = join(ROOT, "test/load/scenarios", `${name}.ts`);
    const child = spawn(k6, ["run", "--quiet", "--no-color", "--no-usage-report", script], {
      // Not as arguments, which other processes can read.
      env: {
        ...process.env,
        ADDRESS: target.address,
        API_KEY: target.apiKey,
        MODEL: target.model,
        SECONDS: String(seconds),
        TIMES: times,
        SUMMARY: summary,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0 && code !== THRESHOLDS_MISSED) throw new Error(`running ${script}: k6 ended with ${code}: ${said}`);
    const { metrics, checks } = Summary.parse(JSON.parse(await readFile(summary, "utf8")));
    return { held: code === 0, metrics, checks };
  } finally {
    await rm(folder, { recursive: true });
  }
}
