/**
 * Messages in the form of OpenAI's fine-tuning files: `{"role": "user", "content": "..."}`, and `"weight": 0` at answers that are not to
 * be learnt. Text alone: what a text model cannot be taught exactly (tools, images, other roles) is refused.
 * @see https://platform.openai.com/docs/guides/supervised-fine-tuning
 */
import type { Message } from "../conversation.ts";

const ROLES = ["system", "user", "assistant"] as const;
const KEYS = ["role", "content", "weight"];
const MOST_MESSAGES = 2048;

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
  if (known === undefined) return `found the role ${shown(role)}, wanted one of ${ROLES.join(", ")}`;
  const other = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (other !== undefined)
    return `found the key ${shown(other)}, wanted only ${KEYS.join(", ")}: tools, names and images are not read`;
  if (typeof content !== "string") return `found content that is no text, wanted text alone`;
  if (content.trim() === "") return "found no content";
  if (weight !== undefined && (known !== "assistant" || (weight !== 0 && weight !== 1))) {
    return `found the weight ${shown(weight)} at one of ${known}, wanted 0 or 1 at one of assistant`;
  }
  return { role: known, content, ...(weight === 0 && { learnt: false as const }) };
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "undefined").slice(0, 60);
}
