import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { type RunOptions, withRunOptions } from "./run_options.ts";

const RECIPE = fileURLToPath(new URL("../../../../recipes/demo.yaml", import.meta.url));
/** The folder of installed packages: where it lies is npm's choice. */
const PACKAGES = dirname(dirname(createRequire(import.meta.url).resolve("yaml/package.json")));

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
      const settings = [`sources.0.path=${JSON.stringify(PACKAGES)}`, ...(options.set ?? [])];
      process.exitCode = await runPipeline(await loadRecipe(RECIPE, settings, process.cwd()), options);
    });
}
