import type { DeploymentList, RunList } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostRace } from "../charts/ghosts.ts";
import { counted } from "../format.ts";
import { liveCard, command, empty, exportLinks, failing, type Html } from "../html.ts";
import { runningRun } from "../run_state.ts";
import { runList } from "./home.ts";

/** All runs, newest first. @param deployments None where they could not be read. */
export function runsPage(
  answer: Answer<RunList>,
  deployments: DeploymentList["deployments"],
  nowMs: number,
  traceId: string,
): Html {
  if (answer.kind === "failed") {
    return html`<h1>Runs</h1>
      ${failing(answer.failure, "Reload the page; if it stays, look at the log of automation.", traceId)}`;
  }
  const runs = valueOf(answer)?.runs ?? [];
  if (runs.length === 0) {
    return html`<h1>Runs</h1>
      ${liveCard("runs", "None yet", empty(ghostRace(), "Runs will stand here, newest first.", html`Start with ${command("npx millrace run ./docs")}`))}`;
  }
  const running = runningRun(runs);
  return html`<h1>
      ${counted(runs.length, "run")}${running ? `, ${running.name} is ${running.state}` : ", none is moving"}
    </h1>
    ${liveCard("runs", "Newest first", runList(runs, deployments, nowMs), exportLinks("/runs"))}`;
}
