/**
 * One conversation from what the reader gave to what the corpus keeps of it. What is done to prose does not fit: a good answer may be
 * one word, so no policy is asked; questions often look alike, so only equal conversations are duplicates.
 */
import {
  CORPUS_REPAIR,
  type Document,
  fixText,
  measure,
  type Message,
  messagesOf,
  scrub,
  SIGNATURE_LENGTH,
  storedSignals,
  type Turn,
  writeConversation,
} from "@millrace/corpus";
import { type CleaningOptions, dropped, masksIn, placeOf } from "./clean_document.ts";
import type { Cleaned } from "./cleaner.ts";
import { bytesOf } from "./counts.ts";
import { sha256 } from "./read_source.ts";

/** Deduplication takes it for a text without words, which is alike only to its equals. */
const ALIKE_ONLY_TO_EQUALS = Array.from({ length: SIGNATURE_LENGTH }, () => 0xffffffff);

/** Cleans one conversation: each message is repaired and scrubbed by itself, the language is that of the whole. */
export async function cleanConversation(
  document: Document & { readonly turns: readonly Turn[] },
  { languages, detectLanguage, licence, scrub: isScrubbed }: CleaningOptions,
): Promise<Cleaned> {
  const repaired = messagesOf(document.text, document.turns).map((message) => ({
    ...message,
    content: fixText(message.content, CORPUS_REPAIR),
  }));
  const { text } = writeConversation(repaired);
  const empty = repaired.findIndex(({ content }) => content.trim() === "");
  if (empty >= 0) {
    const detail = `messages[${empty}]: found no content once it was repaired`;
    return dropped(document, "", "quarantine", [{ code: "invalid_messages", detail }]);
  }
  const { language, confidence } = detectLanguage(text);
  if (languages.length > 0 && !languages.includes(language)) {
    const detail = `found ${language}, wanted ${languages.join(", ")}`;
    return dropped(document, text, "language", [{ code: "language_not_wanted", detail }]);
  }
  const { signals } = measure(text, { path: document.source.path, language: { code: language, confidence } });
  const { messages, redactions } = isScrubbed ? scrubbed(repaired) : { messages: repaired, redactions: [] };
  return {
    passed: true,
    readBytes: bytesOf(document.text),
    document: {
      id: document.id,
      ...writeConversation(messages),
      source: placeOf(document),
      language,
      ...(licence === undefined ? {} : { licence }),
      redactions,
      signals: storedSignals(signals),
      // Of the messages: spacing may be what an answer is about, and a message may look like the next turn.
      exact: await sha256(new TextEncoder().encode(JSON.stringify(messages))),
      signature: ALIKE_ONLY_TO_EQUALS,
    },
  };
}

/** The messages without personal data, and the places of the masks in their conversation. */
function scrubbed(messages: readonly Message[]) {
  const masked = messages.map((message) => ({ message, found: scrub(message.content) }));
  const scrubbedMessages = masked.map(({ message, found }) => ({ ...message, content: found.text }));
  const { turns } = writeConversation(scrubbedMessages);
  const redactions = masked.flatMap(({ found }, at) =>
    masksIn(found.pii).map(({ type, start, end }) => {
      const from = turns[at]?.start ?? 0;
      return { type, start: start + from, end: end + from };
    }),
  );
  return { messages: scrubbedMessages, redactions };
}
