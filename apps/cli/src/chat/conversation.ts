/** A conversation with a model that has a chat template; with another, text that it continues, one piece at a time. */
import { UsageError } from "../usage_error.ts";
import { AnswerError, type Endpoint, streamAnswer } from "./stream_answer.ts";

export interface ChatSettings {
  readonly model: string;
  /** Absent: none, and with a version that only continues text none is possible. */
  readonly system?: string;
  /** `temperature`, `max_tokens`, `seed` as the API takes them. */
  readonly sampling: Readonly<Record<string, number>>;
}

interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface Conversation {
  /** Known from the first answer on. */
  mode(): "chat" | "completion" | undefined;
  /**
   * Says something and gives the answer as it comes. What was answered until an interruption counts as said.
   * @throws {AnswerError} If the model refuses; then nothing was said.
   */
  say(text: string, signal: AbortSignal): AsyncGenerator<string>;
}

/**
 * Opens a conversation.
 * @param tell Is told, once, that the version only continues text.
 */
export function openConversation(
  endpoint: Endpoint,
  settings: ChatSettings,
  tell: (message: string) => void,
): Conversation {
  const { model, system, sampling } = settings;
  const messages: Message[] = system === undefined ? [] : [{ role: "system", content: system }];
  let mode: "chat" | "completion" | undefined;

  async function* chat(text: string, signal: AbortSignal): AsyncGenerator<string> {
    const asked: Message = { role: "user", content: text };
    let answer = "";
    let isHeard = false;
    try {
      const body = { model, messages: [...messages, asked], ...sampling };
      for await (const piece of streamAnswer(endpoint, "/v1/chat/completions", body, signal)) {
        isHeard = true;
        answer += piece;
        yield piece;
      }
    } finally {
      if (isHeard) messages.push(asked, { role: "assistant", content: answer });
    }
  }
  return {
    mode: () => mode,
    async *say(text, signal) {
      if (mode !== "completion") {
        try {
          for await (const piece of chat(text, signal)) {
            mode = "chat";
            yield piece;
          }
          return;
        } catch (error) {
          if (mode === "chat" || !(error instanceof AnswerError) || error.code !== "model_not_chat") throw error;
        }
        if (system !== undefined)
          throw new UsageError(`--system: ${model} has no chat template and takes no system message`);
        mode = "completion";
        tell(`${model} has no chat template: it continues what you write, each line by itself.`);
      }
      yield* streamAnswer(endpoint, "/v1/completions", { model, prompt: text, ...sampling }, signal);
    },
  };
}
