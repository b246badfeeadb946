import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { type RunOptions, withRunOptions } from "./run_options.ts";

const RECIPE = fileURLToPath(new URL("../../../../recipes/demo.yaml", import.meta.url));

/** `millrace demo`: `run` on text that is on every machine. */
export function register(program: Command): void {
  withRunOptions(program.command("demo"))
    .description("the main job on the documentation inside node_modules")
    .addHelpText("after", "\nExample:\n  npm run demo -- --once")
    .action(async (options: RunOptions) => {
      const [{ loadRecipe }, { runPipeline }] = await Promise.all([
        import("../recipe/load_recipe.ts"),
        import("../run/run_pipeline.ts"),
      ]);
      process.exitCode = await runPipeline(await loadRecipe(RECIPE, options.set ?? [], process.cwd()), options);
    });
}
