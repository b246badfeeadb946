/** What waits for a person: each with what it is, since when, and where it is dealt with. */
import { awaitedCommand, awaitedWords, liveAfterAll } from "@millrace/contracts";
import type { AlertList, ApprovalList, DeadLetterList, DeploymentList, RunReport, RunView } from "@millrace/contracts";
import { corpusAddress } from "./corpus_address.ts";
import { counted } from "./format.ts";
import type { Tone } from "./html.ts";
import { currentStage } from "./run_state.ts";
import { versionAddress } from "./version_address.ts";

export interface Need {
  readonly tone: Tone;
  /** Kind of need, in a word or two. */
  readonly word: string;
  readonly sentence: string;
  readonly detail?: string | undefined;
  /** Undefined where the command line deals with it. */
  readonly href?: string;
  readonly command?: string;
  readonly at?: string;
}

/** What is undefined could not be read, or there is none. */
export interface Waiting {
  readonly approvals: ApprovalList["approvals"] | undefined;
  readonly alerts: AlertList["alerts"] | undefined;
  readonly runs: readonly RunView[] | undefined;
  readonly deployments: DeploymentList["deployments"] | undefined;
  readonly letters: DeadLetterList | undefined;
  /** Of the newest run. */
  readonly report: RunReport | undefined;
}

/** Most urgent first. */
export function needsOf({
  approvals = [],
  alerts = [],
  runs = [],
  deployments = [],
  letters,
  report,
}: Waiting): Need[] {
  return [
    ...approvals.filter(({ state }) => state === "pending").map(approvalNeed),
    ...alerts
      .filter(({ resolvedAt }) => resolvedAt === null)
      .toSorted((left, right) => rank(left) - rank(right))
      .map(alertNeed),
    ...runs.flatMap(waitingNeed),
    ...failedRuns(runs)
      .filter((run) => liveAfterAll(run, deployments) === undefined)
      .map(runNeed),
    ...letterNeed(letters),
    ...quarantineNeed(report, runs),
  ];
}

function approvalNeed({ model, version, alias, requestedBy, requestedAt }: ApprovalList["approvals"][number]): Need {
  return {
    tone: "warn",
    word: "approval",
    sentence: `${requestedBy} asks to make ${model} v${version} “${alias}”`,
    href: versionAddress(model, version),
    at: requestedAt,
  };
}

/** What waits for approval is in the list of approvals. */
function waitingNeed(run: RunView): Need[] {
  const awaits = currentStage(run)?.awaits;
  if (awaits === undefined || awaits.act === "approve") return [];
  return [
    {
      tone: "warn",
      word: "roll-out",
      sentence: awaitedWords(awaits),
      href: `/deployments?${new URLSearchParams({ model: run.name })}`,
      command: awaitedCommand(awaits),
      at: awaits.since ?? run.updatedAt,
    },
  ];
}

type Alert = AlertList["alerts"][number];

/** Critical before the others, and those that nobody looks after before those that somebody does. */
function rank({ severity, acknowledgedAt }: Alert): number {
  return (severity === "critical" ? 0 : 1) + (acknowledgedAt === null ? 0 : 2);
}

function alertNeed({ severity, title, model, version, raisedAt, acknowledgedBy }: Alert): Need {
  return {
    tone: severity === "critical" ? "failed" : "warn",
    word: severity,
    sentence: title,
    detail: acknowledgedBy === null ? undefined : `${acknowledgedBy} looks after it`,
    href: `/monitor?${new URLSearchParams({ model, version: String(version) })}`,
    at: raisedAt,
  };
}

/** The newest run of each name, where that has failed: an older failure was dealt with. A version that was taken back may be live since. */
function failedRuns(runs: readonly RunView[]): RunView[] {
  const newest = [...Map.groupBy(runs, ({ name }) => name).values()].flatMap(([first]) => (first ? [first] : []));
  return newest.filter(({ state }) => state === "failed");
}

function runNeed({ id, name, stoppedIn, error, updatedAt }: RunView): Need {
  return {
    tone: "failed",
    word: "failed",
    sentence: `${name} failed${stoppedIn ? ` while ${stoppedIn}` : ""}`,
    detail: error ?? undefined,
    href: `/runs/${id}`,
    at: updatedAt,
  };
}

function letterNeed(letters: DeadLetterList | undefined): Need[] {
  const [first] = letters?.deadLetters ?? [];
  if (letters === undefined || first === undefined) return [];
  const { length } = letters.deadLetters;
  const count = letters.next === null ? counted(length, "event") : `More than ${counted(length, "event")}`;
  return [
    {
      tone: "failed",
      word: "dead letters",
      sentence: `${count} could not be handled`,
      detail: `${first.consumer}: ${first.error.message}`,
      command: "npx millrace dead-letters",
      at: first.parkedAt,
    },
  ];
}

function quarantineNeed(report: RunReport | undefined, runs: readonly RunView[]): Need[] {
  if (report === undefined || report.report.quarantined === 0) return [];
  const name = runs.find(({ id }) => id === report.runId)?.name ?? report.runId;
  return [
    {
      tone: "warn",
      word: "set aside",
      sentence: `${counted(report.report.quarantined, "document")} of ${name} could not be read`,
      href: corpusAddress({ run: report.runId, reason: "quarantined" }),
    },
  ];
}
