/** The `millrace` command. Each command is a file in `commands/` that registers itself. */
import { createProgram } from "./program.ts";
import { outliveOutput } from "./terminal/outlive_output.ts";
import { UsageError } from "./usage_error.ts";

for (const stream of [process.stdout, process.stderr]) {
  outliveOutput(stream, (message) => {
    console.error(`millrace: ${message}`);
    process.exitCode = 1;
  });
}

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(error.message);
    process.exitCode = 2;
  } else {
    console.error(error instanceof Error ? error.message : String(error));
    if (process.env["MILLRACE_DEBUG"]) console.error(error);
    process.exitCode = 1;
  }
}
