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

/** What of a conversation is to be rendered. */
export interface Rendering {
  /** How many of its messages, from the first. */
  readonly upTo: number;
  /** Whether the text ends where the assistant's answer begins; else with the last message. */
  readonly forAnswer: boolean;
}

/** How far a rendering is like the first one, in UTF-16 units. */
export interface Likeness {
  readonly length: number;
  /** How much of it the first one begins with as well. */
  readonly common: number;
}

/** What a template makes of a conversation. */
export interface RenderedChat {
  /** The first rendering. */
  readonly text: string;
  /** The others are as many as there are answers, and each is nearly the first: their texts do not travel. */
  readonly others: readonly Likeness[];
}

/**
 * Renders a conversation, or the beginnings of one.
 * @throws {ChatTemplateError} If the template or the messages are at fault.
 * @throws {Error} If it was not done for another reason: it may work the next time.
 */
export type RenderChat = (
  template: ChatTemplate,
  messages: readonly TemplateMessage[],
  renderings: readonly [Rendering, ...Rendering[]],
) => Promise<RenderedChat>;

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
