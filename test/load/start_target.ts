import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { millrace, TINY } from "../kit/millrace.ts";
import type { Target } from "./scenario.ts";

/** An installation of its own, on embedded parts and a free port. */
export interface OwnTarget extends Target {
  stop(): Promise<void>;
}

/**
 * Serves what the tiny recipe makes, from a folder of its own, until it is stopped.
 * @param prepare Makes a folder in which the recipe was run; default: it is run now.
 * @throws {Error} If the run fails.
 */
export async function startTarget(prepare?: (dataDir: string) => Promise<unknown>): Promise<OwnTarget> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-load-"));
  await prepare?.(folder);
  const running = millrace(["run", prepare ? "--resume" : TINY, "--json", "--data-dir", folder]);
  const stop = async (): Promise<void> => {
    running.process.kill("SIGINT");
    await running.ended();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const summary = await running.until(({ kind }) => kind === "summary");
    if (summary["state"] !== "serving") throw new Error(`preparing the load: the run ended ${summary["state"]}`);
    const kept = async (file: string) =>
      JSON.parse(await readFile(join(folder, file), "utf8")) as Record<string, string>;
    const { apiKey = "" } = await kept("secrets.json");
    const { address = "" } = await kept("owner.json");
    return { address, apiKey, model: "tiny", runId: String(summary["run"]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
