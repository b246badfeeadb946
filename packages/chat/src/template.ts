/** Rendering of chat templates. A template comes with a model and messages from anyone: it runs apart, within bounds. */

/** A message as chat templates know it. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  readonly name?: string;
}

/** How a model writes a conversation. */
export interface ChatTemplate {
  /** Jinja, as in `chat_template.jinja` of Hugging Face's layout. */
  readonly template: string;
  /** Texts that the template knows by name: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/** Messages to be rendered. */
export interface Rendering {
  readonly messages: readonly TemplateMessage[];
  /** Whether the text ends where the assistant's answer begins; else with the last message. */
  readonly forAnswer: boolean;
}

/**
 * Renders conversations with one template, each to a text.
 * @throws {ChatTemplateError} If it cannot be done with one of them.
 */
export type RenderChat = (template: ChatTemplate, renderings: readonly Rendering[]) => Promise<readonly string[]>;

/** A conversation was not rendered. */
export class ChatTemplateError extends Error {
  override readonly name = "ChatTemplateError";
  /** What is at fault: messages that the template refuses, or the template. */
  readonly fault: "messages" | "template";

  constructor(fault: "messages" | "template", message: string) {
    super(message);
    this.fault = fault;
  }
}
