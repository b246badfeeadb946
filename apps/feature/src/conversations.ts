/** How the conversations of a corpus become tokens: with the base model's own template, else with ChatML. */
import type { Artifacts } from "@millrace/artifacts";
import {
  CHATML,
  CHATML_TOKENS,
  type ConversationEncoder,
  conversationEncoder,
  type ChatTemplate,
  ChatTemplateError,
  readChatTemplate,
  type RenderChat,
  type TrainingMessage,
} from "@millrace/chat";
import type { BaseModel, CorpusDocument, StageFailure, TokenManifest } from "@millrace/contracts";
import type { Tokenizer } from "@millrace/tokenizer";

/** What writes the conversations of a corpus. */
export interface ConversationWriter extends ConversationEncoder {
  readonly template: ChatTemplate;
  /** Whether the template is the base model's own. */
  readonly isBases: boolean;
}

/**
 * Finds the template and tries it.
 * @returns A failure where there is no way to write conversations for this model.
 */
export async function conversationWriter(
  artifacts: Artifacts,
  base: BaseModel | undefined,
  tokenizer: Tokenizer,
  render: RenderChat,
): Promise<ConversationWriter | StageFailure> {
  try {
    const own = base && (await templateOf(base, artifacts));
    const missing = CHATML_TOKENS.filter((token) => !tokenizer.specialTokens.has(token));
    if (own === undefined && missing.length > 0) {
      const message =
        `tokenizing: the base model has no chat template, and its tokenizer no ${missing.join(" and ")}, ` +
        "with which ChatML would stand in; wanted one of the two: a model that has learnt to answer, or a folder with a chat_template.jinja";
      return { code: "chat_template_missing", message };
    }
    const template = own ?? CHATML;
    return { ...(await conversationEncoder(template, tokenizer, render)), template, isBases: own !== undefined };
  } catch (error) {
    return templateFailure(error);
  }
}

/** That a template refuses one conversation; undefined for errors that concern more than that. */
export function refusalOf(error: unknown): { readonly refusal: ChatTemplateError } | undefined {
  return error instanceof ChatTemplateError && error.fault === "messages" ? { refusal: error } : undefined;
}

/** @throws What is no failure of a template. */
export function templateFailure(error: unknown, source?: string): StageFailure {
  if (!(error instanceof ChatTemplateError)) throw error;
  const of = source === undefined ? "" : ` with the conversation ${source}`;
  return {
    code: "chat_template_failed",
    message: `tokenizing: the chat template does not work${of}: ${error.message}`,
  };
}

/** What serving has to know of it. */
export function writtenWith({
  template: { template, specialTokens },
  isBases,
  reserved,
  endOfTurn,
}: ConversationWriter): Pick<NonNullable<TokenManifest["chat"]>, "template" | "isBases"> {
  const ends = endOfTurn === undefined ? {} : { endOfTurn };
  return { template: { template, specialTokens, reserved: [...reserved], ...ends }, isBases };
}

/** The messages of a conversation. */
export function messagesOf(text: string, turns: NonNullable<CorpusDocument["turns"]>): TrainingMessage[] {
  return turns.map(({ role, start, end, learnt = true }) => ({ role, content: text.slice(start, end), learnt }));
}

async function templateOf({ files }: BaseModel, artifacts: Artifacts): Promise<ChatTemplate | undefined> {
  const text = async (name: string): Promise<string | undefined> => {
    const file = files[name];
    return file && new TextDecoder().decode(await artifacts.bytes(file.sha256));
  };
  return readChatTemplate(await text("tokenizer_config.json"), await text("chat_template.jinja"));
}
