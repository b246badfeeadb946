/**
 * A rendered conversation is one text, in which `<|im_start|>` of the template must become a special token and `<|im_start|>` of a
 * message must not: whoever writes messages could else speak as somebody else. Messages are shielded before they are rendered: behind
 * each character of what would be a special token stands a mark, which is taken out again where text becomes tokens. Also behind the
 * last one, since another token may begin with it.
 */
import type { Tokenizer } from "@millrace/tokenizer";
import type { TemplateMessage } from "./template.ts";

/** A noncharacter: no text has it, and no template looks for it. */
const MARK = "\ufdd0";

/** The tokens of a tokenizer that documents and messages cannot write, in the order of its file. */
export function reservedTokens({ specialTokens, plainTokens }: Tokenizer): string[] {
  return [...specialTokens.keys()].filter((token) => !plainTokens.has(token));
}

/** Shields messages. @param reserved From `reservedTokens`. */
export function shielded(messages: readonly TemplateMessage[], reserved: readonly string[]): TemplateMessage[] {
  const pattern = anyOf(reserved);
  const shield = (text: string): string => {
    const plain = unshielded(text);
    return pattern === undefined
      ? plain
      : plain.replace(pattern, (token) => [...token].map((character) => character + MARK).join(""));
  };
  return messages.map((message) => ({
    ...message,
    content: shield(message.content),
    ...(message.name !== undefined && { name: shield(message.name) }),
  }));
}

/** Takes the marks out again. */
export function unshielded(text: string): string {
  return text.replaceAll(MARK, "");
}

/** Makes what encodes texts that were rendered from shielded messages: special tokens in them are the template's. */
export function renderedEncoder(tokenizer: Tokenizer): (text: string) => Int32Array {
  const pattern = anyOf(reservedTokens(tokenizer));
  return (text) => {
    const parts: Int32Array[] = [];
    let from = 0;
    const encodePlain = (to: number): void => {
      if (to > from) parts.push(tokenizer.encodeOrdinary(unshielded(text.slice(from, to))));
    };
    for (const match of pattern === undefined ? [] : text.matchAll(pattern)) {
      encodePlain(match.index);
      parts.push(Int32Array.of(tokenizer.specialTokens.get(match[0]) as number));
      from = match.index + match[0].length;
    }
    encodePlain(text.length);
    return joined(parts);
  };
}

/** Ids one after another. */
export function joined(parts: readonly Int32Array[]): Int32Array {
  const ids = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    ids.set(part, at);
    at += part.length;
  }
  return ids;
}

/** Matches any of the tokens; of two that begin at one place, the longer. */
export function anyOf(tokens: readonly string[]): RegExp | undefined {
  const byLength = [...tokens].sort((a, b) => b.length - a.length);
  return byLength.length === 0 ? undefined : new RegExp(byLength.map((token) => RegExp.escape(token)).join("|"), "gu");
}
