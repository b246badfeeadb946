/** The `millrace` command. Each command is a file in `commands/` that registers itself. */
import { createProgram } from "./program.ts";
import { UsageError } from "./usage_error.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Its reader has left, as `| head` does: the process ends at once and in silence, as other tools do.
    if (error.code === "EPIPE") process.exit();
    if (stream === process.stdout) console.error(`millrace: writing failed: ${error.message}`);
    process.exit(1);
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
