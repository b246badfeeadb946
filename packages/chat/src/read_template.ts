/** The chat template of a model in Hugging Face's layout. */
import { type ChatTemplate, ChatTemplateError } from "./template.ts";

/** Longest template that is taken, in UTF-16 units. */
const MOST_CHARACTERS = 65_536;
const NAMED_TOKEN = /^[a-z_]{1,60}_token$/;

/**
 * Finds the template as transformers does: `chat_template.jinja`, else `chat_template` in `tokenizer_config.json`, of several the one
 * named `default`.
 * @param tokenizerConfig Contents of `tokenizer_config.json`; undefined where there is none.
 * @param jinja Contents of `chat_template.jinja`; undefined where there is none.
 * @returns Undefined where the model has none.
 * @throws {ChatTemplateError} If what is there cannot be used.
 */
export function readChatTemplate(
  tokenizerConfig: string | undefined,
  jinja: string | undefined,
): ChatTemplate | undefined {
  const config = parsed(tokenizerConfig ?? "{}");
  const template = jinja ?? templateIn(config["chat_template"]);
  if (template === undefined) return undefined;
  if (template.length === 0 || template.length > MOST_CHARACTERS) {
    throw refused(`found one of ${template.length} characters, wanted 1 to ${MOST_CHARACTERS}`);
  }
  const named = Object.entries(config).flatMap(([name, value]) => {
    const text = NAMED_TOKEN.test(name) ? tokenText(value) : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  return { template, specialTokens: Object.fromEntries(named) };
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch {
    // Said below, as for JSON that is something else.
  }
  throw refused("found a tokenizer_config.json that is no JSON object");
}

function templateIn(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  const several = Array.isArray(value) ? value.filter(isObject) : [];
  const preset = several.find(({ name }) => name === "default")?.["template"];
  if (typeof preset === "string") return preset;
  throw refused('found a chat_template that is neither text nor a list with one named "default"');
}

/** A token as `tokenizer_config.json` has it: its text, or an object that holds the text. */
function tokenText(value: unknown): string | undefined {
  const text = isObject(value) ? value["content"] : value;
  return typeof text === "string" && text.length <= 256 ? text : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(what: string): ChatTemplateError {
  return new ChatTemplateError("template", `reading the chat template: ${what}`);
}
