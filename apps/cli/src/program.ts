import { Command } from "commander";
import { register as registerDemo } from "./commands/demo.ts";
import { register as registerDetectLanguage } from "./commands/detect_language.ts";
import { register as registerRepair } from "./commands/repair.ts";
import { register as registerRun } from "./commands/run.ts";
import { register as registerScrub } from "./commands/scrub.ts";
import { register as registerUp } from "./commands/up.ts";

/** The whole command tree; help and shell completion are made of it. */
export function createProgram(): Command {
  const program = new Command("millrace")
    .description("From a folder of text to a language model that answers.")
    .version("0.1.0")
    .showHelpAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .exitOverride((exit) => process.exit(exit.exitCode === 0 ? 0 : 2));
  for (const register of [registerRun, registerDemo, registerUp, registerRepair, registerDetectLanguage, registerScrub])
    register(program);
  return program;
}
