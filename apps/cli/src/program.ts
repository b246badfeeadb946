import { Command } from "commander";
import { register as registerAudit } from "./commands/audit.ts";
import { register as registerBackup } from "./commands/backup.ts";
import { register as registerCancel } from "./commands/cancel.ts";
import { register as registerChat } from "./commands/chat.ts";
import { register as registerCompletion } from "./commands/completion.ts";
import { register as registerDeadLetters } from "./commands/dead_letters.ts";
import { register as registerDedup } from "./commands/dedup.ts";
import { register as registerDemo } from "./commands/demo.ts";
import { register as registerDetectLanguage } from "./commands/detect_language.ts";
import { register as registerDoctor } from "./commands/doctor.ts";
import { register as registerEvaluate } from "./commands/evaluate.ts";
import { register as registerExport } from "./commands/export.ts";
import { register as registerExtract } from "./commands/extract.ts";
import { register as registerFilter } from "./commands/filter.ts";
import { register as registerForget } from "./commands/forget.ts";
import { register as registerGc } from "./commands/gc.ts";
import { register as registerKeys } from "./commands/keys.ts";
import { register as registerLimits } from "./commands/limits.ts";
import { register as registerRepair } from "./commands/repair.ts";
import { register as registerRestore } from "./commands/restore.ts";
import { register as registerRollout } from "./commands/rollout.ts";
import { register as registerRules } from "./commands/rules.ts";
import { register as registerRun } from "./commands/run.ts";
import { register as registerScrub } from "./commands/scrub.ts";
import { register as registerSearch } from "./commands/search.ts";
import { register as registerStatus } from "./commands/status.ts";
import { register as registerTokenizer } from "./commands/tokenizer.ts";
import { register as registerTrace } from "./commands/trace.ts";
import { register as registerUp } from "./commands/up.ts";
import { register as registerVerify } from "./commands/verify.ts";

/** In the order of help. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  registerRun,
  registerDemo,
  registerUp,
  registerStatus,
  registerCancel,
  registerChat,
  registerSearch,
  registerTrace,
  registerForget,
  registerGc,
  registerBackup,
  registerRestore,
  registerVerify,
  registerEvaluate,
  registerExport,
  registerRollout,
  registerRules,
  registerDeadLetters,
  registerKeys,
  registerLimits,
  registerAudit,
  registerExtract,
  registerRepair,
  registerDetectLanguage,
  registerFilter,
  registerScrub,
  registerDedup,
  registerTokenizer,
  registerDoctor,
  registerCompletion,
];

const EXAMPLES = `
Exit codes: 0 done, 1 failed or interrupted, 2 wrong usage.

Examples:
  millrace run ./docs        make and serve a model of a folder
  millrace run --help        what a command takes, with examples
  millrace doctor            whether this machine has what is needed`;

/** The whole command tree; help and shell completion are made of it. */
export function createProgram(): Command {
  const program = new Command("millrace")
    .description("From a folder of text to a language model that answers.")
    .version("0.1.0")
    .showHelpAfterError("Add --help to see what it takes.")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .addHelpText("after", EXAMPLES)
    .exitOverride((exit) => process.exit(exit.exitCode === 0 ? 0 : 2));
  for (const register of COMMANDS) register(program);
  return program;
}
