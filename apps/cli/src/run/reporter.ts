/** What a person, or with `--json` a program, is told while a run goes on. */
import {
  type Awaited,
  awaitedCommand,
  awaitedWords,
  type DropReport,
  type StageView,
  type Summary,
} from "@millrace/contracts";
import { DEFAULT_DATA_DIR } from "../commands/data_options.ts";
import type { RunOptions } from "../commands/run_options.ts";
import { sameTarget } from "../commands/target_options.ts";
import { plainText } from "../terminal/plain_text.ts";
import { createProgress } from "../terminal/progress.ts";
import { estimateLines, warningLines } from "./dry_run.ts";
import type { QuarantinedOfRun } from "./quarantined.ts";
import type { RunPlan } from "./run_plan.ts";
import { corpusLines, summaryLines } from "./report_text.ts";

/** A run, and where what it makes is kept. */
type StartedRun = { readonly runId: string; readonly console: string; readonly isOwner: boolean } & (
  { readonly dataDir: string } | { readonly address: string }
);

export interface Reporter {
  /** What the run will take; told before it starts. */
  expected(plan: RunPlan): void;
  started(run: StartedRun): void;
  /** @param changed Whether the stage entered this state just now. */
  stage(stage: StageView, changed: boolean): void;
  corpus(report: DropReport, runId: string, quarantined: QuarantinedOfRun): void;
  /** @param staysUp Whether the services go on after this. */
  finished(summary: Summary, staysUp: boolean): void;
  serving(): void;
  /** What was served is served no more. */
  stopped(): void;
  interrupted(isOwner: boolean): void;
  end(): void;
}

/** Makes a reporter; with `json`, of one JSON object a line on standard output instead of text. */
export function createReporter(options: RunOptions): Reporter {
  return options.json ? jsonReporter() : textReporter(sameTarget(options, DEFAULT_DATA_DIR));
}

function jsonReporter(): Reporter {
  let last = "";
  return {
    expected: ({ cases, warnings }) => print("expected", { cases, warnings }),
    started: (run) => print("started", run),
    stage(stage) {
      // A look that saw nothing new is no news; that time goes by is none either.
      const seen = JSON.stringify({ ...stage, workedSeconds: null });
      if (seen !== last) print("stage", stage);
      last = seen;
    },
    corpus: (report) => print("corpus", report),
    finished: (summary) => print("summary", summary),
    serving: () => {},
    stopped: () => {},
    interrupted: () => print("interrupted", {}),
    end: () => {},
  };
}

function print(kind: string, value: object): void {
  console.log(JSON.stringify({ kind, ...value }));
}

/**
 * What waits for a person, and how that person ends it.
 * @param where Options that a further command needs to find the run.
 */
function awaitedLines(awaited: Awaited, where: string): string[] {
  const command = `  ${awaitedCommand(awaited)}${where}`;
  const { act, version, requestedBy } = awaited;
  if (act !== "approve") return [`Waiting: ${awaitedWords(awaited)}.`, `${command}   (or abort)`];
  const isAnybody = requestedBy === null || requestedBy === AUTOMATION;
  const who = isAnybody ? "somebody" : `somebody else than ${plainText(requestedBy)}`;
  const condition = `${version} gets all traffic when ${who} with the role approver agrees`;
  return [`Waiting for approval: ${condition}.`, `${command}   (or reject)`];
}

/** Who asks where no person has. */
const AUTOMATION = "automation";

/** @param where Options that a further command needs to find this run. */
function textReporter(where: string): Reporter {
  const progress = createProgress(process.stderr, true);
  const say = (...lines: readonly string[]): void => {
    progress.clear();
    for (const line of lines) console.log(line);
  };
  let told: string | undefined;
  return {
    expected: (plan) => say(...estimateLines(plan), ...warningLines(plan)),
    started(run) {
      if ("address" in run) say(`Run ${run.runId}, at ${run.address}`);
      else
        say(`Run ${run.runId}, kept in ${run.dataDir}${run.isOwner ? "" : " (by the process that serves it already)"}`);
      say(`Console: ${run.console}`, "");
    },
    stage(stage, changed) {
      const { progress: done } = stage;
      const awaited = stage.awaits && awaitedWords(stage.awaits);
      if (awaited !== told && stage.awaits) say(...awaitedLines(stage.awaits, where));
      told = awaited;
      if (stage.state === "running") {
        if (awaited !== undefined) progress.clear();
        else progress.update(stage.stage, done ?? undefined, stage.workedSeconds * 1000);
        return;
      }
      if (!changed) return;
      say(`${stage.stage.padEnd(14)} ${stage.state.padEnd(9)} ${stage.workedSeconds.toFixed(1).padStart(7)} s`);
    },
    corpus: (report, runId, quarantined) => say(...corpusLines(report, runId, where, quarantined)),
    finished: (summary, staysUp) => say(...summaryLines(summary, staysUp, where)),
    serving: () => say("", "Serving until Ctrl-C."),
    stopped: () => say("Stopped."),
    interrupted: (isOwner) =>
      say(
        "",
        ...(told === undefined ? [] : [`It still waits: ${told}.`]),
        isOwner
          ? `Stopped. Go on with: npx millrace run --resume${where}`
          : "Stopped watching; the run goes on in the process that serves it.",
      ),
    end: () => progress.clear(),
  };
}
