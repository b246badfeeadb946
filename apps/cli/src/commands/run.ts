import { type Command, Option } from "commander";
import { UsageError } from "../usage_error.ts";
import { type RunOptions, withRunOptions } from "./run_options.ts";

const EXAMPLES = `
Examples:
  millrace run ./docs                          a folder of text, Markdown, HTML, JSON lines, or gz of these
  millrace run 'notes/**/*.md' --once          a glob; end when done
  millrace run recipe.yaml --set train.nodes=3
  millrace run --resume                        go on after Ctrl-C, a crash or a failure
  millrace run --again RUN --set train.steps=900   the recipe of that run once more, changed`;

/** `millrace run`: the main job. */
export function register(program: Command): void {
  withRunOptions(program.command("run"))
    .description("from documents to a served model")
    .argument("[recipe|folder|glob]", "what to make, or from what")
    .addOption(new Option("--again <run>", "start another run with the recipe of this one").conflicts("resume"))
    .addHelpText("after", EXAMPLES)
    .action(async (argument: string | undefined, options: RunOptions) => {
      if (argument === undefined && !options.resume && options.again === undefined) {
        throw new UsageError(
          "millrace run: expected a recipe, a folder or a glob (or --resume, or --again); see millrace run --help",
        );
      }
      if (argument !== undefined && options.again !== undefined)
        throw new UsageError(`millrace run: --again takes the recipe of a run; found "${argument}" beside it`);
      if (argument === undefined && options.resume && options.set)
        throw new UsageError("millrace run: --set changes a recipe, and --resume goes on with the one of the run");
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
