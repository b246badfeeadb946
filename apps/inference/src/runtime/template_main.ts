/**
 * A process that renders chat templates. A thread would not do: where a template makes a thread run out of memory, V8 ends the whole
 * process, and this one has nothing to lose.
 */
import { runInNewContext } from "node:vm";
import { Template } from "@huggingface/jinja";
import type { ChatInput } from "../chat_template.ts";

/** What a rendering comes to. */
export type Rendered =
  { readonly text: string } | { readonly fault: "messages" | "template"; readonly message: string };

const RENDER_MS = 1000;

function rendered({ chatTemplate, messages }: ChatInput): Rendered {
  let fault: "messages" | "template" = "template";
  const render = (): string => {
    const template = new Template(chatTemplate.template);
    fault = "messages";
    return template.render({ ...chatTemplate.specialTokens, messages, add_generation_prompt: true });
  };
  try {
    // Not for its context, which is no fence: for the time limit, which ends whatever is called from it.
    return { text: runInNewContext("render()", { render }, { timeout: RENDER_MS }) as string };
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") fault = "template";
    return { fault, message: String(message).slice(0, 1000) };
  }
}

process.on("SIGINT", () => {});
process.on("message", (input: ChatInput) => process.send?.(rendered(input)));
