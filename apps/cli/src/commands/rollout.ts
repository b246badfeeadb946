import { randomUUID } from "node:crypto";
import { DeploymentList, DeploymentView, RolloutCommand } from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { requireModelVersion } from "./model_version.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withTargetOptions } from "./target_options.ts";

type Action = RolloutCommand["action"];

const ACTIONS: Readonly<Record<Action, string>> = {
  start:
    "gives a version all traffic if none is live, else a canary's part; an earlier version comes back the same way",
  promote: "gives a version all traffic",
  abort: "takes all traffic from a version that is on its way",
  pause: "leaves a canary as it is, whatever is found about it",
  resume: "judges a paused canary again",
};

/** `millrace rollout list|start|promote|abort|pause|resume`. */
export function register(program: Command): void {
  const rollout = program.command("rollout").description("bring versions into use, and back");
  withTargetOptions(rollout.command("list", { isDefault: true }))
    .description("deployments, newest first: state, part of the traffic, what is known of a canary")
    .addHelpText("after", "\nExample:\n  millrace rollout list --json")
    .action(async (options: TargetOptions) => {
      const list = await withClient(options, (client) => client.get("/api/deployer/deployments", DeploymentList));
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
