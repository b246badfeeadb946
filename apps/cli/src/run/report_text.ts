import { type DropReport, remedyOf, skippedWords, type Summary } from "@millrace/contracts";
import { counted } from "../terminal/counted.ts";
import { quarantineLine, type QuarantinedOfRun } from "./quarantined.ts";
import { percent, taskLine } from "./task_line.ts";
import { trialLines } from "./trial_lines.ts";

/**
 * The drop report in words, most frequent reasons first.
 * @param where Options that a further command needs to find this run's data folder; empty for the default one.
 * @param quarantined Of which the first few are named.
 */
export function corpusLines(
  report: DropReport,
  runId: string,
  where: string,
  quarantined: QuarantinedOfRun = { total: 0, documents: [] },
): string[] {
  const reasons = Object.entries(report.dropped).toSorted(([, left], [, right]) => right - left);
  return [
    "",
    `Read ${counted(report.read, "document")}: kept ${count(report.kept)} (${megabytes(report.bytes.kept)}), ` +
      `${counted(report.duplicates, "duplicate")}, ${count(report.quarantined)} quarantined`,
    ...(report.skipped === undefined ? [] : [`Skipped ${skippedWords(report.skipped)}`]),
    ...reasons.map(([reason, documents]) => `  ${count(documents).padStart(7)}  ${reason}`),
    ...quarantinedLines(quarantined, `npx millrace status ${runId}${where}`),
    ...masked(report.redactions),
    ...(report.kept === 0 ? [] : [`Search them: npx millrace search "words to look for" --run ${runId}${where}`]),
    "",
  ];
}

/** Quarantined documents that are named at once. */
const MOST_NAMED = 3;

function quarantinedLines({ total, documents }: QuarantinedOfRun, more: string): string[] {
  const named = documents.slice(0, MOST_NAMED);
  return [
    ...named.map((document) => `  quarantined: ${quarantineLine(document)}`),
    ...(total > named.length ? [`  and ${total - named.length} more: ${more}`] : []),
  ];
}

function masked(redactions: Readonly<Record<string, number>>): string[] {
  const types = Object.entries(redactions).filter(([, found]) => found > 0);
  if (types.length === 0) return [];
  return [`Masked ${types.map(([type, found]) => `${count(found)} ${type}`).join(", ")}`];
}

/**
 * What came of a run, and what to do next.
 * @param staysUp Whether the model goes on being served after these lines.
 * @param where As for `corpusLines`.
 */
export function summaryLines(summary: Summary, staysUp: boolean, where: string): string[] {
  const { bitsPerByte: bits, model, samples } = summary;
  const lines = ["", `Run ${summary.run}: ${summary.state} after ${Math.round(summary.seconds["total"] ?? 0)} s`];
  if (summary.error !== null) lines.push(`  ${summary.error}`, `  ${remedyLine(summary.errorCode, where)}`);
  lines.push(...refusedLines(summary));
  if (summary.base !== null) lines.push(`  from ${summary.base.name}, licence ${summary.base.licence ?? "not named"}`);
  if (summary.search !== null) lines.push(`  ${searchLine(summary.search)}`, ...trialLines(summary.search));
  if (summary.parameters !== null && summary.loss !== null) {
    lines.push(
      `  ${counted(summary.parameters, "parameter")}, ${counted(summary.steps ?? 0, "step")} on ${counted(summary.nodes ?? 0, "node")}, ` +
        `loss ${summary.loss.train.toFixed(3)} (${summary.loss.validation.toFixed(3)} on a sample of held-out text)`,
    );
    if (summary.exchangedBytesPerStep)
      lines.push(`  ${megabytes(summary.exchangedBytesPerStep)} sent between the nodes in a step`);
    if (summary.pipeline) {
      const { stages, waiting, leastWaiting } = summary.pipeline;
      lines.push(
        `  in ${counted(stages, "stage")}, which waited ${percent(waiting)} of a step for each other (at least ${percent(leastWaiting)})`,
      );
    }
    if (summary.partial)
      lines.push("  stopped by train.timeLimitSeconds before its last step: the version is marked partial");
  }
  if (bits !== null) {
    const others = [bits.gzip, bits.xzPrimed, bits.ngram].map((value) => value?.toFixed(3) ?? "not measured");
    lines.push(
      `  bits per byte: model ${bits.model.toFixed(3)}, gzip ${others[0]}, xz primed ${others[1]}, counting ${others[2]}`,
      `  ${summary.verdict}`,
    );
  }
  if (summary.scores !== null) {
    const { perplexity, accuracy } = summary.scores;
    lines.push(
      `  perplexity ${perplexity.toPrecision(4)} a token of all held-out text, next token right ${percent(accuracy)}`,
    );
  }
  lines.push(...(summary.tasks ?? []).map((task) => `  ${taskLine(task)}`));
  for (const sample of samples ?? []) lines.push(`  > ${oneLine(sample.prompt)}|${oneLine(sample.completion)}`);
  if (summary.endpoint !== null && model !== null) {
    const version = `${model.name}@${model.version}`;
    lines.push(
      "",
      staysUp ? `Endpoint: ${summary.endpoint} (model "${model.name}")` : `Serve it with: npx millrace up${where}`,
      "Next:",
      ...inColumns([
        [`npx millrace search "words to look for"${where}`, "search the documents"],
        [`npx millrace trace ${version}${where}`, "what is in it"],
        // It trains on this machine, from a data folder.
        ...(where.startsWith(" --address ")
          ? []
          : [[`npx millrace verify ${version}${where}`, "train again and compare"] as const]),
      ]),
    );
  }
  return lines;
}

/** Commands, and beneath each other what they are for. */
function inColumns(lines: readonly (readonly [command: string, purpose: string])[]): string[] {
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`);
}

/** Conversations of which the first few are named. */
function refusedLines({ documents }: Summary): string[] {
  const { count: refused, first } = documents?.refused ?? { count: 0, first: [] };
  if (refused === 0) return [];
  const named = first.slice(0, 3).map(({ source, reason }) => `    ${source}: ${oneLine(reason)}`);
  const more = refused > named.length ? ["    and others; --summary names more"] : [];
  const what = `${counted(refused, "conversation")} ${refused === 1 ? "was" : "were"} left out, since the chat template refuses them`;
  return [`  ${what}:`, ...named, ...more];
}

function searchLine({ best, trials }: NonNullable<Summary["search"]>): string {
  const { completed, stopped, failed } = trials;
  const values = Object.entries(best.values).map(
    ([key, value]) => `${key} ${typeof value === "number" ? Number(value.toPrecision(4)) : value}`,
  );
  const fates = [`${stopped} given up`, ...(failed === 0 ? [] : [`${failed} failed`])].join(", ");
  return `search: trial ${best.number} of ${completed + stopped + failed} is the best (${fates}): ${values.join(", ")}`;
}

function remedyLine(errorCode: string | null, where: string): string {
  const { change } = remedyOf(errorCode);
  return change === null
    ? `Go on with: npx millrace run --resume${where}`
    : `To mend it, ${change}; then start a new run. Going on with --resume would end the same way.`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
