/** Single-byte charsets as tables computed from their definitions, for undoing a wrong decoding. */

const CP437_UPPER =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** Names of the charsets that UTF-8 is most often mistaken for. */
export type SingleByteCharset =
  | "latin1"
  | "windows-1252"
  | "windows-1250"
  | "windows-1251"
  | "windows-1253"
  | "windows-1254"
  | "windows-1257"
  | "iso-8859-2"
  | "macintosh"
  | "cp437";

const tables = new Map<SingleByteCharset, ReadonlyMap<string, number>>();

function byteOf(charset: SingleByteCharset): ReadonlyMap<string, number> {
  const known = tables.get(charset);
  if (known !== undefined) return known;
  const upper = Uint8Array.from({ length: 128 }, (_, at) => at + 128);
  const text =
    charset === "cp437"
      ? CP437_UPPER
      : charset === "latin1"
        ? String.fromCharCode(...upper)
        : new TextDecoder(charset).decode(upper);
  const table = new Map<string, number>();
  // Bytes that a charset leaves open pass as the C1 control of the same number, as sloppy decoders do it.
  for (let at = 0; at < 128; at += 1) table.set(String.fromCharCode(at + 128), at + 128);
  [...text].forEach((character, at) => {
    if (character !== "\ufffd") table.set(character, at + 128);
  });
  tables.set(charset, table);
  return table;
}

/** Encodes text, or gives `undefined` when a character has no byte in the charset. */
export function encodeSingleByte(text: string, charset: SingleByteCharset): Uint8Array | undefined {
  const table = byteOf(charset);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const byte = code < 128 ? code : table.get(text.charAt(at));
    if (byte === undefined) return undefined;
    bytes[at] = byte;
  }
  return bytes;
}

/** The characters of a charset for a range of bytes. */
export function charactersOf(charset: SingleByteCharset, firstByte: number, lastByte: number): string {
  return [...byteOf(charset)]
    .filter(([, byte]) => byte >= firstByte && byte <= lastByte)
    .map(([character]) => character)
    .join("");
}
