/**
 * Data folders that many tests begin with, made once in a run of the tests, by the first that asks: Postgres takes 5 s of a core to start in
 * a new one, and a run of the tiny recipe 15 s.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Summary } from "@millrace/contracts";
import { freshDatabaseFolder } from "@millrace/database/testing";
import { inject } from "vitest";
import { connect } from "../../apps/cli/src/client.ts";
import { millrace, readSummary, TINY } from "./millrace.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of this run of the tests. */
    prepared: string;
  }
}

/** Makes a data folder that has no run yet. */
export async function newDataFolder(dataDir: string): Promise<void> {
  const made = await once("new", async (folder) => {
    await mkdir(join(folder, "data"));
    await freshDatabaseFolder(join(folder, "data/postgres"));
    const client = await connect({ dataDir: join(folder, "data") }, { works: false });
    await client.close();
  });
  await cp(join(made, "data"), dataDir, { recursive: true });
}

/**
 * Makes a data folder that nobody serves, with one run of the tiny recipe that went to its end.
 * @returns The run's summary.
 */
export async function dataFolderWithRun(dataDir: string): Promise<Summary> {
  const made = await once("run", async (folder) => {
    const files = ["--data-dir", join(folder, "data"), "--summary", join(folder, "summary.json")];
    await newDataFolder(join(folder, "data"));
    const running = millrace(["run", TINY, "--once", ...files]);
    const code = await running.ended();
    if (code !== 0) throw new Error(`preparing a run for tests: it ended with ${code}:\n${running.errors()}`);
  });
  await cp(join(made, "data"), dataDir, { recursive: true });
  return readSummary(join(made, "summary.json"));
}

/** A folder of this name, filled by the first who asks; the others, of other processes too, wait until it is. */
async function once(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(inject("prepared"), name);
  const outcome = `${folder}.outcome`;
  const isFirst = await mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
  if (isFirst) {
    const failure = await fill(folder).then(
      () => "",
      (error: unknown) => String(error),
    );
    await writeFile(outcome, `${failure}.`);
  }
  for (;;) {
    const told = await readFile(outcome, "utf8").catch(() => "");
    if (told === ".") return folder;
    if (told.endsWith(".")) throw new Error(told.slice(0, -1));
    await wait(100);
  }
}
