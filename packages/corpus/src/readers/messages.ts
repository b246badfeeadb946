/**
 * Messages in the form of OpenAI's fine-tuning files: `{"role": "user", "content": "..."}`, and `"weight": 0` at answers that are not to
 * be learnt. Text alone: what a text model cannot be taught exactly (tools, images, other roles) is refused.
 * @see https://platform.openai.com/docs/guides/supervised-fine-tuning
 */
import type { Message } from "../conversation.ts";

const ROLES = ["system", "user", "assistant"] as const;
const KEYS = ["role", "content", "weight"];
/** Each answer is rendered by itself, so work grows with the square of these. */
const MOST_MESSAGES = 256;
/** Of all messages, in UTF-16 units. What a chat template makes of them may be twice as long, and must be below a million. */
const MOST_CHARACTERS = 400_000;
/** Of OpenAI's form, but not read. */
const OTHER_ROLES = ["developer", "tool", "function"];
const OTHER_KEYS = ["name", "tool_calls", "tool_call_id", "function_call", "refusal", "audio"];

/** Messages, or what is wrong with them: what was found and what was wanted. */
export type ReadMessages =
  { readonly ok: true; readonly messages: Message[] } | { readonly ok: false; readonly detail: string };

/** Reads the messages of one conversation. They take turns, the user's first, after at most one of the system. */
export function readMessages(value: unknown): ReadMessages {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_MESSAGES) {
    const found = Array.isArray(value) ? `${value.length} messages` : "no list";
    return { ok: false, detail: `found ${found} under "messages", wanted a list of 1 to ${MOST_MESSAGES}` };
  }
  const messages: Message[] = [];
  for (const [at, entry] of value.entries()) {
    const read = readMessage(entry);
    if (typeof read === "string") return { ok: false, detail: `messages[${at}]: ${read}` };
    const wanted = at === 0 && read.role === "system" ? "system" : nextRole(messages.at(-1)?.role);
    if (read.role !== wanted)
      return { ok: false, detail: `messages[${at}]: found one of ${read.role}, wanted ${wanted}` };
    messages.push(read);
  }
  if (messages.at(-1)?.role !== "assistant") {
    return { ok: false, detail: `the last message is of ${messages.at(-1)?.role}, wanted an answer of assistant` };
  }
  const length = messages.reduce((sum, { content }) => sum + content.length, 0);
  if (length > MOST_CHARACTERS) {
    return { ok: false, detail: `found ${length} characters in all messages, wanted at most ${MOST_CHARACTERS}` };
  }
  if (messages.every(({ role, learnt }) => role !== "assistant" || learnt === false)) {
    return { ok: false, detail: "found only answers of weight 0, wanted one to learn from" };
  }
  return { ok: true, messages };
}

function nextRole(before: Message["role"] | undefined): Message["role"] {
  return before === "user" ? "assistant" : "user";
}

function readMessage(entry: unknown): Message | string {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return "found no object";
  const { role, content, weight } = entry as Readonly<Record<string, unknown>>;
  const known = ROLES.find((one) => one === role);
  if (known === undefined) return `found as role ${shown(role)}, wanted one of ${ROLES.join(", ")}`;
  const other = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (other !== undefined)
    return `found as key ${shown(other)}, wanted only ${KEYS.join(", ")}: tools, names and images are not read`;
  if (typeof content !== "string") return `found content that is no text, wanted text alone`;
  if (content.trim() === "") return "found no content";
  if (weight !== undefined && (known !== "assistant" || (weight !== 0 && weight !== 1))) {
    return `found as weight ${shown(weight)} at one of ${known}, wanted 0 or 1 at one of assistant`;
  }
  return { role: known, content, ...(weight === 0 && { learnt: false as const }) };
}

/** Says what was found without quoting it: the reason stays when the document is forgotten. */
function shown(value: unknown): string {
  if (typeof value === "string") {
    return OTHER_ROLES.includes(value) || OTHER_KEYS.includes(value)
      ? `"${value}"`
      : `a text of ${value.length} characters`;
  }
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a value of type ${typeof value}`;
}
