import { isFinal, RunList, RunView, StartedRun } from "@millrace/contracts";
import type { Command } from "commander";
import type { Client } from "../client.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withTargetOptions } from "./target_options.ts";

/** `millrace cancel`: stops a run; what is finished stays. */
export function register(program: Command): void {
  withTargetOptions(program.command("cancel"))
    .description("cancel a run; millrace run --resume goes on with it")
    .argument("[run]", "default: the newest run that is under way")
    .addHelpText("after", "\nExample:\n  millrace cancel run-1a2b3c4d")
    .action(async (run: string | undefined, options: TargetOptions) => {
      const ended = await withClient(options, (client) => cancel(client, run));
      print(options.json, ended, () => [`${ended.id} is ${ended.state}`]);
      // A run may end by itself between the request and its effect.
      process.exitCode = ended.state === "cancelled" ? 0 : 1;
    });
}

const POLL_MS = 100;
const WAIT_MS = 30_000;

async function cancel(client: Client, wanted: string | undefined): Promise<RunView> {
  const id = encodeURIComponent(wanted ?? (await newestUnderWay(client)));
  await client.post(`/api/automation/runs/${id}/cancel`, {}, StartedRun);
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    const view = await client.get(`/api/automation/runs/${id}`, RunView);
    if (isFinal(view.state)) return view;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`cancelling ${id}: asked for, but it had not ended after ${WAIT_MS / 1000} s`);
}

async function newestUnderWay(client: Client): Promise<string> {
  const { runs } = await client.get("/api/automation/runs?underWay=true", RunList);
  const [found] = runs;
  if (!found) throw new Error("cancelling the newest run: none is under way");
  return found.id;
}
