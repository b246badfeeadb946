import { text } from "node:stream/consumers";
import { type Command, InvalidArgumentError } from "commander";
import { interruption } from "../terminal/interrupt.ts";
import { printable } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import { type TargetOptions, withClient, withTargetOptions } from "./target_options.ts";

interface ChatOptions extends TargetOptions {
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
}

/** `millrace chat`: talks with a served model. */
export function register(program: Command): void {
  withTargetOptions(program.command("chat"))
    .description("talk with a served model, or give it the text of a pipe to continue")
    .argument("[model]", "such as docs, docs@2 or docs@live; default: the first that is served")
    .option("--system <text>", "what the model is told first; for versions with a chat template")
    .option("--temperature <t>", "0 to 2; 0 gives the likeliest words", toNumber(0, 2))
    .option("--max-tokens <n>", "longest answer", toNumber(1, 1_000_000, Number.isInteger))
    .option(
      "--seed <n>",
      "the same seed, question and version give the same answer",
      toNumber(-(2 ** 52), 2 ** 52, Number.isInteger),
    )
    .addHelpText(
      "after",
      `
A version without a chat template continues text: it is told so, and each line is a text of its own.
Ctrl-C ends an answer, and once more, or Ctrl-D, the talk. With --json, a pipe is answered with one JSON object.

Examples:
  millrace chat docs
  echo "To install" | millrace chat docs --max-tokens 20 --temperature 0`,
    )
    .action(async (model: string | undefined, { system, temperature, maxTokens, seed, ...target }: ChatOptions) => {
      const isTalk = process.stdin.isTTY === true;
      if (isTalk && target.json) throw new UsageError("millrace chat: --json is for text from a pipe");
      const sampling = Object.entries({ temperature, max_tokens: maxTokens, seed });
      const given = sampling.filter((one): one is [string, number] => one[1] !== undefined);
      const [{ openConversation }, { converse }, { servedModel }] = await Promise.all([
        import("../chat/conversation.ts"),
        import("../chat/converse.ts"),
        import("../chat/served_model.ts"),
      ]);
      await withClient(target, async (client) => {
        const settings = {
          model: await servedModel(client, model),
          sampling: Object.fromEntries(given),
          ...(system === undefined ? {} : { system }),
        };
        const conversation = openConversation(client, settings, (message) => console.error(message));
        if (isTalk) return converse(conversation);
        const asked = (await text(process.stdin)).replace(/\n$/, "");
        if (asked === "") throw new UsageError("millrace chat: found nothing in the pipe, wanted text");
        const answered: string[] = [];
        for await (const piece of conversation.say(asked, interruption())) {
          answered.push(piece);
          if (!target.json) process.stdout.write(printable(piece));
        }
        if (target.json)
          console.log(JSON.stringify({ model: settings.model, mode: conversation.mode(), text: answered.join("") }));
        else process.stdout.write("\n");
      });
    });
}

function toNumber(least: number, most: number, fits: (value: number) => boolean = () => true) {
  return (written: string): number => {
    const value = Number(written);
    if (written.trim() === "" || !(value >= least && value <= most) || !fits(value)) {
      throw new InvalidArgumentError(`Expected ${least} to ${most}${fits === Number.isInteger ? ", whole" : ""}.`);
    }
    return value;
  };
}
