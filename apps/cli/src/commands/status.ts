import {
  awaitedCommand,
  awaitedWords,
  DeploymentList,
  isFinal,
  liveAfterAll,
  RouteList,
  RunList,
  RunView,
} from "@millrace/contracts";
import type { Command } from "commander";
import type { Reader } from "../client.ts";
import { askQuarantined, quarantineLines, type QuarantinedOfRun } from "../run/quarantined.ts";
import { counted } from "../terminal/counted.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

interface Status {
  /** Where the services are; null when no process serves this data folder. */
  readonly address: string | null;
  readonly runs: RunList["runs"];
  /**
   * Versions that are live although their runs failed, by the id of the run: they were taken back and started again. None where the
   * deployer does not tell.
   */
  readonly liveAfterAll: Readonly<Record<string, string>>;
  /** Where one run is asked for. */
  readonly quarantined?: QuarantinedOfRun;
  readonly routes: RouteList["routes"];
}

/** `millrace status`: the runs of a data folder, or one of them, and what is served. */
export function register(program: Command): void {
  withTargetOptions(program.command("status"))
    .description("runs, their stages, and what is served")
    .argument("[run]", "default: all runs, and the stages of the newest")
    .addHelpText("after", "\nExamples:\n  millrace status --json\n  millrace status run-1a2b3c4d")
    .action(async (run: string | undefined, options: TargetOptions) => {
      const status = await withReader(options, async (reader): Promise<Status> => {
        const runs = await runsOf(reader, run);
        const told = { runs, liveAfterAll: await askLiveAfterAll(reader, runs) };
        const about = run === undefined ? told : { ...told, quarantined: await askQuarantined(reader, run) };
        // Replicas that this process alone started end with it: they serve nobody.
        if (reader.isOwner) return { address: null, ...about, routes: [] };
        const { routes } = await reader.get("/api/inference/routes", RouteList);
        return { address: reader.address, ...about, routes };
      });
      print(options.json, status, () => statusLines(status));
    });
}

async function runsOf(reader: Reader, run: string | undefined): Promise<RunView[]> {
  if (run === undefined) return (await reader.get("/api/automation/runs", RunList)).runs;
  return [await reader.get(`/api/automation/runs/${encodeURIComponent(run)}`, RunView)];
}

/** A remark beside the lines of failed runs that are shown: a deployer that is down hides nothing else. */
export async function askLiveAfterAll(
  reader: Pick<Reader, "get">,
  runs: readonly RunView[],
): Promise<Record<string, string>> {
  if (runs.every(({ state }) => state !== "failed")) return {};
  const deployments = await reader.get("/api/deployer/deployments", DeploymentList).then(
    (list) => list.deployments,
    async (error: unknown) => {
      const { RequestError } = await import("../client.ts");
      if (error instanceof RequestError) return [];
      throw error;
    },
  );
  const entries = runs.flatMap((run) => {
    const live = liveAfterAll(run, deployments);
    return live === undefined ? [] : [[run.id, `${live.model}@${live.version}`]];
  });
  return Object.fromEntries(entries);
}

const MOST_LINES = 10;

/** The status in words. */
export function statusLines({ address, runs, routes, quarantined, liveAfterAll: live }: Status): string[] {
  const [newest] = runs;
  const isInterrupted = address === null && newest !== undefined && !isFinal(newest.state);
  return [
    address === null ? "Served by no process now; npx millrace up serves it" : `Served at ${address}`,
    ...routes.map(
      ({ model, version, percent, replicas, requestsPerMinute }) =>
        `  ${model}@${version}  ${percent} %  ` +
        `${counted(replicas.filter(({ state }) => state === "ready").length, "replica")} ready, ` +
        `${counted(requestsPerMinute, "request")} a minute`,
    ),
    runs.length === 0 ? "No runs" : `Runs (${runs.length}), newest first`,
    ...runs.slice(0, MOST_LINES).map((run) => runLine(run, live[run.id])),
    ...(newest ? ["", `Stages of ${newest.id}`, ...newest.stages.map((stage) => stageLine(stage, isInterrupted))] : []),
    ...(isInterrupted ? ["", "Interrupted: npx millrace run --resume goes on with it"] : []),
    ...(quarantined ? quarantineLines(quarantined) : []),
  ];
}

function runLine({ id, name, state, createdAt, stoppedIn, error, stages }: RunView, live: string | undefined): string {
  const where = (stoppedIn === null ? "" : ` in ${stoppedIn}`) + (live === undefined ? "" : `, but ${live} is live`);
  const awaited = stages.flatMap(({ awaits }) => (awaits === undefined ? [] : [`  ${awaitedWords(awaits)}`]));
  return `  ${id}  ${state}${where}  ${name}  ${createdAt}${error === null ? "" : `  ${error}`}${awaited.join("")}`;
}

function stageLine(
  { stage, state, startedAt, workedSeconds, progress, awaits }: RunView["stages"][number],
  isInterrupted: boolean,
): string {
  const seconds = startedAt === null ? "" : `  ${workedSeconds.toFixed(1)} s`;
  const done = state === "running" && progress ? `  ${progress.done}/${progress.total} ${progress.unit}` : "";
  const word = state === "running" && isInterrupted ? "stopped" : state;
  const awaited = awaits === undefined ? "" : `  ${awaitedWords(awaits)}: ${awaitedCommand(awaits)}`;
  return `  ${stage.padEnd(14)} ${word.padEnd(9)}${seconds}${done}${awaited}`;
}
