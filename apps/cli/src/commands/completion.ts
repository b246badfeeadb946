import { Argument, type Command } from "commander";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion/scripts.ts";
import { wordTree } from "../completion/word_tree.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

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
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(SHELLS)))
    .option("--json", "print the words as one JSON object instead")
    .addHelpText("after", EXAMPLES)
    .action((shell: keyof typeof SHELLS, { json }: { json?: true }) => {
      const tree = wordTree(program);
      console.log(json ? JSON.stringify(tree) : SHELLS[shell](tree));
    });
}
