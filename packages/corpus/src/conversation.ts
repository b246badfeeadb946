/** Conversations as documents: a text that people read, and beside it where in it each turn stands. */

/** A message of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  /** Of an answer that is no example to follow, but is read like what others say. */
  readonly learnt?: false;
}

/** Where a message stands in the text of its conversation: half-open range of UTF-16 units. */
export interface Turn extends Omit<Message, "content"> {
  readonly start: number;
  readonly end: number;
}

/** Writes messages one below the other, each after its role. */
export function writeConversation(messages: readonly Message[]): { readonly text: string; readonly turns: Turn[] } {
  let text = "";
  const turns = messages.map(({ content, ...message }): Turn => {
    text += `${text === "" ? "" : "\n\n"}${message.role}: `;
    const start = text.length;
    text += content;
    return { ...message, start, end: text.length };
  });
  return { text, turns };
}

/** The messages that a conversation was written from. */
export function messagesOf(text: string, turns: readonly Turn[]): Message[] {
  return turns.map(({ start, end, ...message }) => ({ ...message, content: text.slice(start, end) }));
}
