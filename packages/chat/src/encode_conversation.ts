/**
 * Conversations as the tokens that a model is trained on: those that serving the same conversation would have, and which of them the
 * assistant says. What a template makes of an answer is found by rendering: it begins where the prompt for it ends, and ends where the
 * conversation up to it does. So an answer is predicted after exactly what a served model is asked with.
 */
import type { Tokenizer } from "@millrace/tokenizer";
import { anyOf, joined, renderedEncoder, reservedTokens, shielded } from "./shield.ts";
import {
  type ChatTemplate,
  ChatTemplateError,
  type Likeness,
  type RenderChat,
  type TemplateMessage,
} from "./template.ts";

/** A message of a conversation to learn from. */
export interface TrainingMessage extends TemplateMessage {
  /** Of an answer: whether it is an example to follow; else it is read like what others say. Default true. */
  readonly learnt?: boolean;
}

/** A conversation as tokens. */
export interface EncodedConversation {
  readonly tokens: Int32Array;
  /** Half-open ranges of tokens that answers are made of, with the special token that ends each, in order. */
  readonly answers: readonly (readonly [from: number, to: number])[];
}

/** Writes conversations with one template and one tokenizer. */
export interface ConversationEncoder {
  /** Special tokens that messages cannot write. */
  readonly reserved: readonly string[];
  /** Special token that ends an answer; undefined where the template writes none. */
  readonly endOfTurn: number | undefined;
  /**
   * @param messages The last one, and any other that is to be learnt, is the assistant's.
   * @throws {ChatTemplateError} If the template refuses them.
   */
  encode(messages: readonly TrainingMessage[]): Promise<EncodedConversation>;
}

const PROBE = [
  { role: "user", content: "a" },
  { role: "assistant", content: "b" },
] as const;

/**
 * Makes an encoder, and tries the template.
 * @throws {ChatTemplateError} If the template or the tokenizer cannot do what is wanted of them.
 */
export async function conversationEncoder(
  template: ChatTemplate,
  tokenizer: Tokenizer,
  render: RenderChat,
): Promise<ConversationEncoder> {
  const reserved = reservedTokens(tokenizer);
  const short = reserved.find((token) => [...token].length === 1);
  if (short !== undefined) {
    const message = `found the special token ${JSON.stringify(short)}, which text cannot be told from; wanted longer ones`;
    throw new ChatTemplateError("template", message);
  }
  const encodeText = renderedEncoder(tokenizer);
  const pattern = anyOf(reserved);
  /** Where an answer ends: what stands behind the end of a turn, such as a line break, nobody waits for. */
  const endOfAnswer = (said: string): number => {
    const last = pattern && [...said.matchAll(pattern)].at(-1);
    const end = last ? last.index + last[0].length : said.length;
    // One that more is said after begins a turn.
    return said.slice(end).trim() === "" ? end : said.length;
  };

  async function encode(messages: readonly TrainingMessage[]): Promise<EncodedConversation> {
    const plain = shielded(
      messages.map(({ learnt: _learnt, ...message }) => message),
      reserved,
    );
    const learnt = messages.flatMap(({ role, learnt = true }, at) => (role === "assistant" && learnt ? [at] : []));
    const { text: whole, others } = await render(template, plain, [
      { upTo: plain.length, forAnswer: false },
      ...learnt.flatMap((at) => [
        { upTo: at, forAnswer: true },
        { upTo: at + 1, forAnswer: false },
      ]),
    ]);
    const tokens: Int32Array[] = [];
    const answers: [number, number][] = [];
    let [read, count] = [0, 0];
    const take = (to: number): void => {
      const ids = encodeText(whole.slice(read, to));
      tokens.push(ids);
      [read, count] = [to, count + ids.length];
    };
    for (const answer of learnt.keys()) {
      const [prompt, answered] = others.slice(2 * answer) as [Likeness, Likeness];
      if (prompt.common < prompt.length || prompt.length < read) throw NOT_A_PREFIX;
      take(prompt.length);
      const from = count;
      take(prompt.length + endOfAnswer(whole.slice(prompt.length, answered.common)));
      if (count === from) throw NOT_A_PREFIX;
      answers.push([from, count]);
    }
    take(whole.length);
    return { tokens: joined(tokens), answers };
  }

  const { tokens, answers } = await encode(PROBE);
  const last = tokens[(answers[0]?.[1] ?? 0) - 1];
  const endOfTurn = reserved.some((token) => tokenizer.specialTokens.get(token) === last) ? last : undefined;
  return { reserved, endOfTurn, encode };
}

const NOT_A_PREFIX = new ChatTemplateError(
  "template",
  "it writes the beginning of a conversation differently once an answer follows; wanted the prompt of an answer to be what stands before it",
);
