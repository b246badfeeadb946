/** Rendering of chat templates. A template comes with a model and messages from anyone: it runs apart, within bounds. */
import type { ServingPackage } from "@millrace/contracts";
import type { TemplateMessage } from "./chat_request.ts";

/** What is rendered. */
export interface ChatInput {
  readonly chatTemplate: NonNullable<ServingPackage["chatTemplate"]>;
  readonly messages: readonly TemplateMessage[];
}

/**
 * Renders messages to a prompt that the assistant's answer follows.
 * @throws {ChatTemplateError} If it cannot be done.
 */
export type RenderChat = (input: ChatInput) => Promise<string>;

/** A prompt was not rendered. */
export class ChatTemplateError extends Error {
  override readonly name = "ChatTemplateError";
  /** What is at fault: messages that the template refuses, or the template. */
  readonly fault: "messages" | "template";

  constructor(fault: "messages" | "template", message: string) {
    super(message);
    this.fault = fault;
  }
}
