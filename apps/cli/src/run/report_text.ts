import { type DropReport, remedyOf, skippedWords, type Summary } from "@millrace/contracts";
import { percent, taskLine } from "./task_line.ts";
import { trialLines } from "./trial_lines.ts";

/**
 * The drop report in words, most frequent reasons first.
 * @param where Options that a further command needs to find this run's data folder; empty for the default one.
 */
export function corpusLines(report: DropReport, runId: string, where: string): string[] {
  const reasons = Object.entries(report.dropped).toSorted(([, left], [, right]) => right - left);
  return [
    "",
    `Read ${count(report.read)} documents: kept ${count(report.kept)} (${megabytes(report.bytes.kept)}), ` +
      `${count(report.duplicates)} duplicates, ${count(report.quarantined)} quarantined`,
    ...(report.skipped === undefined ? [] : [`Skipped ${skippedWords(report.skipped)}`]),
    ...reasons.map(([reason, documents]) => `  ${count(documents).padStart(7)}  ${reason}`),
    ...(report.quarantined === 0 ? [] : [`What is quarantined, and why: npx millrace status ${runId}${where}`]),
    ...masked(report.redactions),
    `Search them: npx millrace search "how to install" --run ${runId}${where}`,
    "",
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
      `  ${count(summary.parameters)} parameters, ${count(summary.steps ?? 0)} steps on ${summary.nodes} nodes, ` +
        `loss ${summary.loss.train.toFixed(3)} (validation ${summary.loss.validation.toFixed(3)})`,
    );
    if (summary.exchangedBytesPerStep)
      lines.push(`  ${megabytes(summary.exchangedBytesPerStep)} sent between the nodes in a step`);
    if (summary.pipeline) {
      const { stages, waiting, leastWaiting } = summary.pipeline;
      lines.push(
        `  in ${stages} stages, which waited ${percent(waiting)} of a step for each other (at least ${percent(leastWaiting)})`,
      );
    }
    if (summary.partial)
      lines.push("  stopped by train.timeLimitSeconds before its last step: the version is marked partial");
  }
  if (bits !== null) {
    const others = [bits.gzip, bits.xzPrimed, bits.ngram].map((value) => value?.toFixed(3) ?? "not measured");
    lines.push(
      `  bits per byte: model ${bits.model.toFixed(3)}, gzip ${others[0]}, xz primed ${others[1]}, n-gram ${others[2]}`,
      `  ${summary.verdict}`,
    );
  }
  if (summary.scores !== null) {
    const { perplexity, accuracy } = summary.scores;
    lines.push(`  perplexity ${perplexity.toPrecision(4)} a token, next token right ${percent(accuracy)}`);
  }
  lines.push(...(summary.tasks ?? []).map((task) => `  ${taskLine(task)}`));
  for (const sample of samples ?? []) lines.push(`  > ${oneLine(sample.prompt)}|${oneLine(sample.completion)}`);
  if (summary.endpoint !== null && model !== null) {
    const version = `${model.name}@${model.version}`;
    lines.push(
      "",
      staysUp ? `Endpoint: ${summary.endpoint} (model "${model.name}")` : `Serve it with: npx millrace up${where}`,
      "Next:",
      `  npx millrace search "install"${where}      search the documents`,
      `  npx millrace trace ${version}${where}      what is in it`,
      `  npx millrace verify ${version}${where}     train again and compare`,
    );
  }
  return lines;
}

/** Conversations of which the first few are named. */
function refusedLines({ documents }: Summary): string[] {
  const { count: refused, first } = documents?.refused ?? { count: 0, first: [] };
  if (refused === 0) return [];
  const named = first.slice(0, 3).map(({ source, reason }) => `    ${source}: ${oneLine(reason)}`);
  const more = refused > named.length ? ["    and others; --summary names more"] : [];
  return [`  ${count(refused)} conversations were left out, since the chat template refuses them:`, ...named, ...more];
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
