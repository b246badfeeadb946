import type { Command } from "commander";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion/scripts.ts";
import { wordTree } from "../completion/word_tree.ts";
import { UsageError } from "../usage_error.ts";

const SHELLS: ReadonlyMap<string, typeof bashCompletion> = new Map([
  ["bash", bashCompletion],
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
]);

const EXAMPLES = `
Examples:
  eval "$(millrace completion bash)"
  millrace completion zsh > ~/.zfunc/_millrace
  millrace completion fish > ~/.config/fish/completions/millrace.fish`;

/** `millrace completion`: a script that completes what the command tree knows. */
export function register(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes commands and options")
    .argument("<shell>", "bash, zsh or fish")
    .option("--json", "print the words as one JSON object instead")
    .addHelpText("after", EXAMPLES)
    .action((shell: string, { json }: { json?: true }) => {
      const script = SHELLS.get(shell);
      if (!script) throw new UsageError(`millrace completion: expected bash, zsh or fish, found "${shell}"`);
      const tree = wordTree(program);
      console.log(json ? JSON.stringify(tree) : script(tree));
    });
}
