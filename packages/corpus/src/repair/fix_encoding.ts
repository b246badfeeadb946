import { looksLikeMojibake } from "./mojibake_signs.ts";
import { charactersOf, encodeSingleByte } from "./single_byte.ts";
import type { SingleByteCharset } from "./single_byte.ts";

/** In order of how often UTF-8 is mistaken for them. */
const CHARSETS: readonly SingleByteCharset[] = [
  "latin1",
  "windows-1252",
  "windows-1251",
  "windows-1250",
  "windows-1253",
  "windows-1254",
  "windows-1257",
  "iso-8859-2",
  "macintosh",
  "cp437",
];

/** Text decoded wrongly more often than this is not seen; the bound keeps hostile text from looping. */
const MAX_ROUNDS = 6;

/** Undoes decodings of UTF-8 in a single-byte charset, also repeated ones, in one line. Other text stays as it is. */
export function fixEncoding(line: string): string {
  let text = line;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const fixed = undoOnce(text);
    if (fixed === text) break;
    text = fixed;
  }
  return text;
}

function undoOnce(text: string): string {
  if (!looksLikeMojibake(text)) return text;
  for (const charset of CHARSETS) {
    const bytes = encodeSingleByte(text, charset);
    const decoded = bytes === undefined ? undefined : decodeUtf8(bytes);
    if (decoded !== undefined) return decoded;
  }
  return undoPieces(text);
}

/** Strict UTF-8, but for surrogates written as three bytes each, as Java and old MySQL write them (CESU-8). */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(joinSurrogates(bytes));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function joinSurrogates(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0xed)) return bytes;
  const joined: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const high = surrogateAt(bytes, at, 0xa0);
    const low = surrogateAt(bytes, at + 3, 0xb0);
    if (high === undefined || low === undefined) {
      joined.push(bytes[at] ?? 0);
    } else {
      joined.push(...new TextEncoder().encode(String.fromCharCode(high, low)));
      at += 5;
    }
  }
  return Uint8Array.from(joined);
}

function surrogateAt(bytes: Uint8Array, at: number, firstMiddle: number): number | undefined {
  const [lead = 0, middle = 0, last = 0] = bytes.subarray(at, at + 3);
  if (lead !== 0xed || middle < firstMiddle || middle >= firstMiddle + 16 || (last & 0xc0) !== 0x80) return undefined;
  return 0xd000 | ((middle & 0x3f) << 6) | (last & 0x3f);
}

function characterClass(firstByte: number, lastByte: number): string {
  return `[${charactersOf("windows-1252", firstByte, lastByte)}]`;
}

const NEXT = characterClass(0x80, 0xbf);
/** Runs of characters which are whole UTF-8 sequences when written in windows-1252. */
const RUN = new RegExp(
  `(?:${characterClass(0xc2, 0xdf)}${NEXT}|${characterClass(0xe0, 0xef)}${NEXT}{2}|${characterClass(0xf0, 0xf4)}${NEXT}{3}){1,1000}`,
  "g",
);

/** Undoes the pieces of a line that are wrong when the rest is right, and pieces whose bytes were partly lost. */
function undoPieces(text: string): string {
  return (
    text
      .replace(RUN, (run, at: number) => {
        const context = text.slice(Math.max(0, at - 1), at + run.length + 1);
        const bytes = looksLikeMojibake(context) ? encodeSingleByte(run, "windows-1252") : undefined;
        return (bytes === undefined ? undefined : decodeUtf8(bytes)) ?? run;
      })
      // A no-break space, the second byte of à, became a plain space, with or without the space that followed it.
      .replace(/Ã (?= )/g, "à")
      .replace(/(?<![A-ZÀ-Þ])Ã (?=[a-z])/g, "à ")
      // The last byte was lost to a replacement character: so is the character.
      .replace(/[ÂÃ]\ufffd|â€\ufffd/g, "\ufffd")
  );
}
