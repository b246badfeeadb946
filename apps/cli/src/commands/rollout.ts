import { randomUUID } from "node:crypto";
import {
  ApprovalList,
  ApprovalView,
  type DecideApproval,
  DeploymentList,
  DeploymentView,
  RolloutCommand,
  Protection,
} from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { plainText } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import { requireModelVersion } from "./model_version.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withReader, withTargetOptions } from "./target_options.ts";

type Action = RolloutCommand["action"];

const ACTIONS: Readonly<Record<Action, string>> = {
  start:
    "gives a version all traffic if none is live, else a canary's part; an earlier version comes back the same way",
  promote: "gives a version all traffic",
  abort: "takes all traffic from a version that is on its way",
  pause: "leaves a canary as it is, whatever is found about it",
  resume: "judges a paused canary again",
};

/** `millrace rollout list|start|promote|abort|pause|resume`, and what a second person has to say. */
export function register(program: Command): void {
  const rollout = program.command("rollout").description("bring versions into use, and back");
  registerApprovals(rollout);
  withTargetOptions(rollout.command("list", { isDefault: true }))
    .description("deployments, newest first: state, part of the traffic, what is known of a canary")
    .addHelpText("after", "\nExample:\n  millrace rollout list --json")
    .action(async (options: TargetOptions) => {
      const list = await withReader(options, (reader) => reader.get("/api/deployer/deployments", DeploymentList));
      print(options.json, list, () =>
        list.deployments.length === 0 ? ["No version was deployed yet"] : list.deployments.map(inOneLine),
      );
    });
  for (const [action, meaning] of Object.entries(ACTIONS) as [Action, string][]) {
    withTargetOptions(rollout.command(action))
      .description(meaning)
      .argument("<model@version>", "such as docs@2", toVersion)
      .option("--reason <text>", "kept with what happens", "by hand")
      .addHelpText("after", `\nExample:\n  millrace rollout ${action} docs@2`)
      .action(async (which: Named, { reason, ...options }: TargetOptions & { readonly reason: string }) => {
        const command: RolloutCommand = { action, ...which, reason, idempotencyKey: randomUUID() };
        const before = await withClient(options, (client) =>
          client.post("/api/deployer/rollouts", command, DeploymentView),
        );
        print(options.json, before, () => [
          `${action} of ${which.model}@${which.version} is asked for; it was ${before.state.replace("_", " ")}`,
        ]);
      });
  }
}

const DECISIONS = {
  approve: { decision: "approved", meaning: "agrees to all traffic for a version that somebody else has asked it for" },
  reject: { decision: "rejected", meaning: "takes back a version that waits for approval" },
} as const;

interface DecideOptions extends TargetOptions {
  readonly alias: string;
  readonly comment: string;
}

/** `millrace rollout approvals|approve|reject|protect`. */
function registerApprovals(rollout: Command): void {
  withTargetOptions(rollout.command("approvals"))
    .description("what waits for the approval of a second person")
    .addHelpText("after", "\nExample:\n  millrace rollout approvals")
    .action(async (options: TargetOptions) => {
      const list = await withReader(options, (reader) => reader.get("/api/registry/approvals", ApprovalList));
      print(options.json, list, () =>
        list.approvals.length === 0 ? ["Nothing waits for approval"] : list.approvals.map(approvalLine),
      );
    });
  for (const [verb, { decision, meaning }] of Object.entries(DECISIONS)) {
    withTargetOptions(rollout.command(verb))
      .description(meaning)
      .argument("<model@version>", "such as docs@2", toVersion)
      .option("--alias <name>", "the alias that is to move", "live")
      .option("--comment <text>", "kept with the decision", "")
      .addHelpText("after", `\nExample:\n  millrace rollout ${verb} docs@2 --comment "looked at its answers"`)
      .action(async ({ model, version }: Named, { alias, comment, ...options }: DecideOptions) => {
        const path = `/api/registry/models/${encodeURIComponent(model)}/approvals`;
        const body: DecideApproval = { version, alias, decision, comment };
        const decided = await withClient(options, (client) => client.post(path, body, ApprovalView));
        print(options.json, decided, () => [approvalLine(decided)]);
      });
  }
  withTargetOptions(rollout.command("protect"))
    .description("says which aliases of a model move with the approval of a second person only")
    .argument("<model>", "such as docs")
    .argument("[alias...]", "such as live; these and no others")
    .option("--none", "protect no alias any more")
    .addHelpText("after", "\nExamples:\n  millrace rollout protect docs live\n  millrace rollout protect docs --none")
    .action(
      async (model: string, aliases: string[], { none, ...options }: TargetOptions & { readonly none?: true }) => {
        if ((none === true) !== (aliases.length === 0)) {
          throw new UsageError("millrace rollout protect: expected aliases such as live, or --none, and one of them");
        }
        const path = `/api/registry/models/${encodeURIComponent(model)}/protection`;
        const kept = await withClient(options, (client) => client.put(path, { aliases }, Protection));
        print(options.json, kept, () => [
          `Protected aliases of ${plainText(model)}: ${kept.aliases.join(", ") || "none"}`,
        ]);
      },
    );
}

function approvalLine(approval: ApprovalView): string {
  const { model, version, alias, state, requestedBy, decidedBy, comment } = approval;
  const end = decidedBy === null ? "" : ` by ${plainText(decidedBy)}${comment ? `: ${plainText(comment)}` : ""}`;
  return `${model}@${version} as ${alias}, asked for by ${plainText(requestedBy)}: ${state}${end}`;
}

interface Named {
  readonly model: string;
  readonly version: number;
}

function toVersion(text: string): Named {
  const { model, version } = requireModelVersion("rollout", text);
  if (!/^[1-9]\d{0,8}$/.test(version)) {
    throw new InvalidArgumentError("Expected a version's number, such as docs@2: aliases move.");
  }
  return { model, version: Number(version) };
}

function inOneLine({ model, version, state, percent, verdict, evidence, error }: DeploymentView): string {
  const canary = evidence === null ? "" : `, ${verdict ?? "not judged yet"}: ${evidence.reason}`;
  const end = error === null ? canary : `: ${error}`;
  return `${`${model}@${version}`.padEnd(24)} ${state.replace("_", " ").padEnd(12)} ${String(percent).padStart(3)} %${end}`;
}
