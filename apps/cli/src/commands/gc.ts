import { GarbageReport } from "@millrace/contracts";
import type { Command } from "commander";
import type { Client } from "../client.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withTargetOptions } from "./target_options.ts";

/** `millrace gc`: removes artifacts that nothing refers to. */
export function register(program: Command): void {
  withTargetOptions(program.command("gc"))
    .description("delete artifacts that nothing refers to any more")
    .option("--dry-run", "tell what would go, by kind, and delete nothing")
    .addHelpText(
      "after",
      `
What a row of a service names stays, and all that follows from it: versions, corpora, runs that can be resumed, jobs, dead letters.
What was stored in the last 24 hours, or since the oldest run that has not ended, stays as well. So does what is kept of base models of
a hub, unless it was not used for 24 hours; it is told with the key of the installation.

Example:
  millrace gc --dry-run`,
    )
    .action(async ({ dryRun = false, ...target }: TargetOptions & { readonly dryRun?: boolean }) => {
      const report = await withClient(target, (client) => collectAll(client, dryRun));
      print(target.json, report, () => reportLines(report));
    });
}

async function collectAll(client: Client, dryRun: boolean): Promise<GarbageReport> {
  const ask = (): Promise<GarbageReport> => client.post("/api/automation/garbage", { dryRun }, GarbageReport);
  let report = await ask();
  const byKind = new Map(report.garbage.map((one) => [one.kind, one]));
  while (report.more) {
    report = await ask();
    for (const { kind, artifacts, bytes } of report.garbage) {
      const known = byKind.get(kind) ?? { kind, artifacts: 0, bytes: 0 };
      byKind.set(kind, { kind, artifacts: known.artifacts + artifacts, bytes: known.bytes + bytes });
    }
  }
  return { ...report, garbage: [...byKind.values()] };
}

function reportLines({ needed, young, garbage, deleted }: GarbageReport): string[] {
  return [
    line("needed", needed),
    line("not named, but young", young),
    ...garbage.map((one) => line(`${deleted ? "deleted" : "would go"}: ${one.kind}`, one)),
    ...(garbage.length === 0 ? ["Nothing is to be deleted."] : []),
  ];
}

function line(what: string, { artifacts, bytes }: GarbageReport["needed"]): string {
  const [count, size] = [artifacts.toLocaleString("en-US"), bytes.toLocaleString("en-US")];
  return `${what.padEnd(32)} ${count.padStart(9)} artifacts ${size.padStart(17)} bytes`;
}
