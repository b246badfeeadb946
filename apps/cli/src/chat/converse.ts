/** Talks with a person at a terminal: a line, its answer, the next line. Ctrl-C ends an answer; where none is under way, the talk. */
import { createInterface } from "node:readline/promises";
import { printable } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import type { Conversation } from "./conversation.ts";

/** Until Ctrl-D, or Ctrl-C twice. */
export async function converse(conversation: Conversation): Promise<void> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, prompt: "> " });
  let answering: AbortController | undefined;
  reader.on("SIGINT", () => {
    if (answering && !answering.signal.aborted) answering.abort(new Error("interrupted"));
    else reader.close();
  });
  reader.prompt();
  for await (const line of reader) {
    if (line.trim() !== "") {
      answering = new AbortController();
      await answer(conversation, line, answering.signal);
      answering = undefined;
    }
    reader.prompt();
  }
}

async function answer(conversation: Conversation, line: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const piece of conversation.say(line, signal)) process.stdout.write(printable(piece));
    process.stdout.write("\n");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stdout.write("\n");
    if (!signal.aborted) console.error((error as Error).message);
  }
}
