/** Conversations that a chat template refuses. What it says of one may quote it, and would outlive a document that is forgotten. */
import type { Artifacts } from "@millrace/artifacts";
import { type ChatTemplateError, type TemplateMessage, unshielded } from "@millrace/chat";
import type { RefusedConversations, RefusedLine, TokenManifest } from "@millrace/contracts";

/** Those that are named with a reason; of the others there is the id. */
const MOST_NAMED = 20;
/** Longest reason that is kept, in UTF-16 units: a template may say anything. */
const MOST_REASON = 200;
/** As much of a message, or the whole of a shorter one, is a quotation, in UTF-16 units. */
const QUOTED = 16;
/** Messages that are shorter say what every reason may say. */
const LEAST_QUOTED = 4;
/** In place of a reason that quotes. */
const QUOTING = "the template's reason quotes the conversation, and is not kept";

/** Collects the refused conversations of a corpus. */
export interface RefusedWriter {
  add(
    document: { readonly id: string; readonly source: string },
    error: ChatTemplateError,
    messages: readonly TemplateMessage[],
  ): void;
  /** Undefined where there are none. */
  told(): RefusedConversations | undefined;
  /** Stores the ids; undefined where there are none. */
  store(artifacts: Artifacts): Promise<NonNullable<TokenManifest["chat"]>["refused"]>;
}

/** Starts with none. */
export function refusedWriter(): RefusedWriter {
  const lines: string[] = [];
  const first: RefusedConversations["first"] = [];
  return {
    add({ id, source }, error, messages) {
      const line: RefusedLine = { id };
      lines.push(`${JSON.stringify(line)}\n`);
      if (first.length < MOST_NAMED) first.push({ source, reason: reasonOf(error, messages) });
    },
    told: () => (lines.length === 0 ? undefined : { count: lines.length, first }),
    async store(artifacts) {
      if (lines.length === 0) return undefined;
      const ids = await artifacts.put(new TextEncoder().encode(lines.join("")), "application/jsonl");
      return { count: lines.length, ids };
    },
  };
}

/** What a template says, without what it repeats of the messages. */
function reasonOf({ message }: ChatTemplateError, messages: readonly TemplateMessage[]): string {
  // A quotation that is cut short is one too.
  const said = unshielded(message).slice(0, MOST_REASON + QUOTED);
  return messages.some(({ content }) => isQuoted(content, said)) ? QUOTING : said.slice(0, MOST_REASON).toWellFormed();
}

/** Templates write in capitals, and trim. */
function isQuoted(content: string, reason: string): boolean {
  const [said, told] = [unshielded(content).trim().toLowerCase(), reason.toLowerCase()];
  const length = Math.min(QUOTED, said.length);
  if (length < LEAST_QUOTED) return false;
  for (let at = 0; at + length <= told.length; at++) if (said.includes(told.slice(at, at + length))) return true;
  return false;
}
