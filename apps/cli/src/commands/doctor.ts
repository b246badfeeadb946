import type { Command } from "commander";
import { type DataOptions, print, withDataOptions } from "./data_options.ts";

/** `millrace doctor`: whether this machine has what Millrace needs. */
export function register(program: Command): void {
  withDataOptions(program.command("doctor"))
    .description("check this machine: runtime, memory, disk, data folder")
    .addHelpText(
      "after",
      "\nExit code 1 when something that is needed is not there.\n\nExample:\n  millrace doctor --json",
    )
    .action(async ({ dataDir, json }: DataOptions) => {
      const { diagnose } = await import("../doctor/diagnose.ts");
      const checks = await diagnose(dataDir);
      const healthy = checks.every(({ state, optional }) => state === "ok" || optional);
      print(json, { healthy, checks }, () => [
        ...checks.map(
          ({ name, state, optional, detail }) =>
            `${state.padEnd(7)}  ${name.padEnd(13)} ${detail}${optional && state !== "ok" ? " (optional)" : ""}`,
        ),
        healthy ? "Everything that is needed is there." : "Something that is needed is not there.",
      ]);
      process.exitCode = healthy ? 0 : 1;
    });
}
