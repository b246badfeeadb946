/**
 * Text repair: undoes the damage that text takes on its way through wrong charsets, terminals and web pages. What is
 * repaired follows the ftfy library (R. Speer), whose plan has been proven on much of the web; the code is our own.
 */

import { decodeHTML } from "entities";
import { streamSafe } from "../stream_safe.ts";
import { fixEncoding } from "./fix_encoding.ts";

/** What is repaired. Every key turns one repair on or off. */
export interface RepairOptions {
  /** Decode character references such as `&eacute;`, up to the first line with a `<`: what follows is HTML. */
  readonly entities: boolean;
  /** Undo UTF-8 decoded in a single-byte charset. */
  readonly encoding: boolean;
  /** Read C1 controls as the windows-1252 characters they were. */
  readonly c1Controls: boolean;
  /** Write Latin ligatures such as U+FB01 as letters. */
  readonly ligatures: boolean;
  /** Write full-width and half-width forms as ordinary characters. */
  readonly characterWidth: boolean;
  /** Make curly quotes straight. */
  readonly quotes: boolean;
  /** Make every kind of line break a line feed. */
  readonly lineBreaks: boolean;
  /** Replace lone surrogates by U+FFFD. */
  readonly surrogates: boolean;
  /** Remove the escape sequences of terminals, such as colours. */
  readonly terminalEscapes: boolean;
  /** Remove control characters that have no meaning in text, and byte order marks. */
  readonly controlCharacters: boolean;
  /** Unicode normalisation form C. */
  readonly normalization: boolean;
}

/** Everything, as ftfy's defaults. */
export const FULL_REPAIR: RepairOptions = {
  entities: true,
  encoding: true,
  c1Controls: true,
  ligatures: true,
  characterWidth: true,
  quotes: true,
  lineBreaks: true,
  surrogates: true,
  terminalEscapes: true,
  controlCharacters: true,
  normalization: true,
};

/** For training text, as datatrove sets it: damage is undone, but the writer's quotes, widths and forms stay. */
export const CORPUS_REPAIR: RepairOptions = {
  ...FULL_REPAIR,
  ligatures: false,
  characterWidth: false,
  quotes: false,
  lineBreaks: false,
  normalization: false,
};

/** Version of the repairs: text repaired by another one must be repaired again to compare. */
export const REPAIR_VERSION = 1;

const PLAIN = /^[\n\t !-%'-~]*$/;
/** Repairs lay open further ones (an entity that spells mojibake); more rounds than this are not seen in real text. */
const MAX_ROUNDS = 6;

/**
 * Repairs a text. Undamaged text comes back as it is, but for what the options normalise.
 * @param options Repairs to make, default {@link FULL_REPAIR}.
 */
export function fixText(text: string, options: RepairOptions = FULL_REPAIR): string {
  if (PLAIN.test(text)) return text;
  let entities = options.entities;
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      if (line.includes("<")) entities = false;
      return fixLine(line, entities === options.entities ? options : { ...options, entities });
    })
    .join("");
}

function fixLine(line: string, options: RepairOptions): string {
  let text = line;
  for (let round = 0; round < MAX_ROUNDS && !PLAIN.test(text); round += 1) {
    const fixed = fixOnce(text, options);
    if (fixed === text) break;
    text = fixed;
  }
  return text;
}

const ESCAPE = "\u001b";
const TERMINAL_ESCAPE = new RegExp(String.raw`${ESCAPE}\[[\d;?]{0,40}[A-Za-z]`, "g");
const MEANINGLESS = /(?![\t\n\f\r\u0080-\u009f])\p{Cc}|[\u206a-\u206f\ufeff\ufff9-\ufffc]/gu;

function fixOnce(line: string, options: RepairOptions): string {
  let text = line;
  if (options.entities && text.includes("&")) text = text.replace(/&#?[0-9A-Za-z]{1,32};/g, decodeEntity);
  if (options.encoding) text = fixEncoding(text);
  if (options.c1Controls) text = text.replace(/[\u0080-\u009f]/g, windows1252);
  if (options.ligatures)
    text = text.replace(/[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g, compatible);
  if (options.characterWidth) text = text.replace(/[\uff01-\uffef\u3000]/g, compatible);
  if (options.quotes) text = text.replace(/[\u02bc\u2018-\u201b]/g, "'").replace(/[\u201c-\u201f]/g, '"');
  if (options.lineBreaks) text = text.replace(/\r\n|[\r\u0085\u2028\u2029]/g, "\n");
  if (options.surrogates) text = text.toWellFormed();
  if (options.terminalEscapes) text = text.replace(TERMINAL_ESCAPE, "");
  if (options.controlCharacters) text = text.replace(MEANINGLESS, "");
  return options.normalization ? streamSafe(text).normalize("NFC") : text;
}

/** Also takes names shouted in capitals, `&EACUTE;`, which some old systems made. */
function decodeEntity(reference: string): string {
  const decoded = decodeHTML(reference);
  if (decoded !== reference || !/^&[A-Z]{3,32};$/.test(reference)) return decoded;
  const lower = decodeHTML(reference.toLowerCase());
  return lower === reference.toLowerCase() ? reference : lower.toUpperCase();
}

function windows1252(control: string): string {
  return new TextDecoder("windows-1252").decode(Uint8Array.of(control.charCodeAt(0)));
}

function compatible(character: string): string {
  return character.normalize("NFKC");
}
