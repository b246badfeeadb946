/**
 * Conversations as tokens: a model's chat template is rendered apart and within bounds, and what messages say cannot become a special
 * token, neither in training nor in serving.
 *
 * ```ts
 * import { CHATML, conversationEncoder } from "@millrace/chat";
 * import { templateProcess } from "@millrace/chat/process";
 *
 * const { render, close } = templateProcess();
 * const encoder = await conversationEncoder(CHATML, tokenizer, render);
 * const { tokens, answers } = await encoder.encode([
 *   { role: "user", content: "What turns the wheel?" },
 *   { role: "assistant", content: "The mill race." },
 * ]);
 * await close();
 * ```
 *
 * @module
 */
export { CHATML, CHATML_TEXT, CHATML_TOKENS } from "./chatml.ts";
export { type ConversationEncoder, conversationEncoder, type TrainingMessage } from "./encode_conversation.ts";
export { readChatTemplate } from "./read_template.ts";
export { renderedEncoder, shielded, unshielded } from "./shield.ts";
export { type ChatTemplate, ChatTemplateError, type RenderChat, type TemplateMessage } from "./template.ts";
