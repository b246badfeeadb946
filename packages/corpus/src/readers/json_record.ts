import { type Turn, writeConversation } from "../conversation.ts";
import type { MetadataValue } from "../document.ts";
import { readMessages } from "./messages.ts";

/** The text and metadata of one JSON line, or what is wrong with it. */
export type JsonRecord =
  | {
      readonly ok: true;
      readonly text: string;
      readonly metadata: Readonly<Record<string, MetadataValue>>;
      readonly turns?: readonly Turn[];
    }
  | {
      readonly ok: false;
      readonly reason: "invalid_json" | "missing_text" | "invalid_messages" | "too_complex";
      readonly detail: string;
    };

/**
 * Reads one line of `{ "text", "id"?, ... }`, or a conversation, `{ "messages": [{ "role", "content" }, ...], ... }`. The record's own id becomes metadata `recordId`, since a document's id comes
 * from its source. Other strings, numbers and booleans become metadata; an object under `metadata` is taken one level
 * deep, as datatrove and dolma write it; other nested values are kept as JSON.
 */
export function parseJsonRecord(line: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The message quotes the line, which the record of it must not.
    const [at = ""] = / at position \d+/.exec(error.message) ?? [];
    return { ok: false, reason: "invalid_json", detail: `found no JSON${at}` };
  }
  if (typeof value === "string") return { ok: true, text: value, metadata: {} };
  if (isObject(value) && value.text === undefined && value.messages !== undefined) return conversationOf(value);
  if (!isObject(value) || typeof value.text !== "string") {
    const found = foundIn(value);
    return {
      ok: false,
      reason: "missing_text",
      detail: `found ${found}, wanted an object with a string "text" or a list of "messages"`,
    };
  }
  if (isDeeper(value, MAX_DEPTH)) return tooDeep();
  return { ok: true, text: value.text, metadata: metadataOf(value) };
}

function foundIn(value: unknown): string {
  if (!isObject(value)) return `a ${kindOf(value)}`;
  if (Object.hasOwn(value, "text")) return `${value.text === null ? "null" : `a ${kindOf(value.text)}`} at "text"`;
  return `the keys ${JSON.stringify(Object.keys(value).slice(0, 8))}`;
}

/** What would change what an answer is learnt from. */
const TOOLS = ["tools", "tool_choice", "functions", "function_call", "parallel_tool_calls"];

function conversationOf(value: Record<string, unknown>): JsonRecord {
  const tools = TOOLS.find((key) => value[key] !== undefined);
  const read = readMessages(value.messages);
  if (tools !== undefined || !read.ok) {
    const detail = read.ok ? `found the key "${tools}", wanted conversations without tools` : read.detail;
    return { ok: false, reason: "invalid_messages", detail };
  }
  const { messages: _messages, ...rest } = value;
  if (isDeeper(rest, MAX_DEPTH)) return tooDeep();
  return { ok: true, ...writeConversation(read.messages), metadata: metadataOf(rest) };
}

function tooDeep(): JsonRecord {
  const detail = `found values nested deeper than ${MAX_DEPTH} levels, wanted at most that many`;
  return { ok: false, reason: "too_complex", detail };
}

function metadataOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, MetadataValue>> {
  const entries: [string, MetadataValue][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (key === "text" || entry === null) continue;
    if (key === "metadata" && isObject(entry)) {
      for (const [inner, nested] of Object.entries(entry)) if (nested !== null) entries.push([inner, flat(nested)]);
    } else {
      entries.push([key === "id" ? "recordId" : key, flat(entry)]);
    }
  }
  return Object.fromEntries(entries);
}

/** Writing JSON recurses; a parser of JSON need not. */
const MAX_DEPTH = 100;

function isDeeper(value: object, levels: number): boolean {
  for (const entry of Object.values(value)) {
    if (typeof entry !== "object" || entry === null) continue;
    if (levels === 1 || isDeeper(entry, levels - 1)) return true;
  }
  return false;
}

function flat(value: unknown): MetadataValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}
