/** `npm run test:load -- [scenario] [--seconds <n>] [--report <file>]`: exit code 1 if anything did not hold. */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { setTimeout as wait } from "node:timers/promises";
import { drive } from "./drive.ts";
import { judge, percentile } from "./judge.ts";
import { reportOf } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";
import { startTarget } from "./start_target.ts";

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "20" }, report: { type: "string" } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0 || !(seconds > 0)) {
  const names = SCENARIOS.map(({ name }) => `"${name}"`).join(", ");
  console.error(`test:load: expected scenarios among ${names}, and --seconds above 0`);
  process.exit(2);
}

const busy = loadavg()[0] ?? 0;
console.log("Making a model to serve ...");
const target = await startTarget();
const results = [];
try {
  for (const scenario of chosen) {
    const outcome = await drive(scenario, target, seconds, { now: () => performance.now(), wait });
    const verdict = judge(outcome, true);
    results.push({ outcome, verdict });
    console.log(`${verdict.passed ? "held" : "FAILED"}  ${scenario.name}, ${outcome.arrivals} requests`);
    for (const [measure, sorted] of outcome.measures)
      console.log(
        `        ${measure}: p50 ${percentile(sorted, 0.5).toFixed(1)} ms, p95 ${percentile(sorted, 0.95).toFixed(1)} ms`,
      );
    for (const { measure, share, atMostMs, foundMs, holds } of verdict.limits)
      if (!holds) console.log(`        ${measure}: ${100 * share} % in ${foundMs.toFixed(0)} ms, limit ${atMostMs} ms`);
    for (const fault of verdict.faults) console.log(`        ${fault}`);
  }
} finally {
  await target.stop();
}
if (values.report !== undefined) {
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load average ${busy.toFixed(1)} before`;
  await writeFile(values.report, reportOf(results, { date: new Date().toISOString().slice(0, 10), machine }));
}
process.exitCode = results.every(({ verdict }) => verdict.passed) ? 0 : 1;
