import type { Command } from "commander";
import { UsageError } from "../usage_error.ts";
import { type RunOptions, withRunOptions } from "./run_options.ts";

const EXAMPLES = `
Examples:
  millrace run ./docs                          a folder of text, Markdown, HTML, JSON lines, or gz of these
  millrace run 'notes/**/*.md' --once          a glob; end when done
  millrace run recipe.yaml --set train.nodes=3
  millrace run --resume                        go on after Ctrl-C, a crash or a failure`;

/** `millrace run`: the main job. */
export function register(program: Command): void {
  withRunOptions(program.command("run"))
    .description("from documents to a served model")
    .argument("[recipe|folder|glob]", "what to make, or from what")
    .addHelpText("after", EXAMPLES)
    .action(async (argument: string | undefined, options: RunOptions) => {
      if (argument === undefined && !options.resume) {
        throw new UsageError(
          "millrace run: expected a recipe, a folder or a glob (or --resume); see millrace run --help",
        );
      }
      const [{ loadRecipe }, { runPipeline }] = await Promise.all([
        import("../recipe/load_recipe.ts"),
        import("../run/run_pipeline.ts"),
      ]);
      const recipe =
        argument === undefined
          ? undefined
          : await loadRecipe(argument, options.set ?? [], process.cwd(), options.address === undefined);
      process.exitCode = await runPipeline(recipe, options);
    });
}
