/**
 * Bytes to text. The order of belief: a byte order mark; a declared multi-byte charset; strict UTF-8; the declared charset;
 * windows-1252. Valid UTF-8 with non-ASCII bytes is hardly ever anything else, so it wins over a declared single-byte
 * charset, which servers and templates often state wrongly.
 */

/** Decoded text and how it was decoded. */
export interface DecodedText {
  readonly text: string;
  /** Name by the Encoding Standard, such as "utf-8". */
  readonly charset: string;
  /** True when nothing declared the charset and the bytes are not UTF-8, so windows-1252 was assumed. */
  readonly assumed: boolean;
}

const BYTE_ORDER_MARKS: readonly { readonly bytes: readonly number[]; readonly charset: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], charset: "utf-8" },
  { bytes: [0xff, 0xfe], charset: "utf-16le" },
  { bytes: [0xfe, 0xff], charset: "utf-16be" },
];

const MULTI_BYTE = /^(?:big5|euc-jp|euc-kr|gb18030|gbk|iso-2022-jp|shift_jis)$/;

/**
 * Decodes text.
 * @param declared Charset label that the file or its server states, if any. An unknown label counts as none.
 */
export function decodeText(bytes: Uint8Array, declared?: string): DecodedText {
  const mark = BYTE_ORDER_MARKS.find((candidate) => candidate.bytes.every((byte, at) => bytes[at] === byte));
  if (mark !== undefined) {
    return { text: new TextDecoder(mark.charset).decode(bytes), charset: mark.charset, assumed: false };
  }
  const label = declared === undefined ? undefined : knownCharset(declared);
  const order = label === undefined ? ["utf-8"] : MULTI_BYTE.test(label) ? [label, "utf-8"] : ["utf-8", label];
  for (const charset of order) {
    const text = decodeStrictly(bytes, charset);
    if (text !== undefined) return { text, charset, assumed: false };
  }
  return { text: new TextDecoder("windows-1252").decode(bytes), charset: "windows-1252", assumed: true };
}

/** Decodes bytes, or gives `undefined` when they are not valid in that charset. */
export function decodeStrictly(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Finds the charset that an HTML file states in its first 1,024 bytes, as browsers look for it. */
export function declaredHtmlCharset(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  return /<meta[^>]{1,200}?charset\s{0,8}=\s{0,8}["']?\s{0,8}([\w:.-]{1,40})/i.exec(head)?.[1];
}

function knownCharset(label: string): string | undefined {
  try {
    const charset = new TextDecoder(label).encoding;
    // HTML: a page which states UTF-16 in a readable <meta> cannot be UTF-16.
    return charset.startsWith("utf-16") ? "utf-8" : charset;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const SNIFFED_BYTES = 8192;
const MAX_CONTROL_SHARE = 0.1;

/** Tells whether bytes are something other than text: a NUL without a UTF-16 mark, or many control characters. */
export function looksBinary(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return false;
  const head = bytes.subarray(0, SNIFFED_BYTES);
  if (head.includes(0)) return true;
  if (new TextDecoder("latin1").decode(head.subarray(0, 5)) === "%PDF-") return true;
  let controls = 0;
  for (const byte of head) {
    const layout = (byte >= 7 && byte <= 13) || byte === 27;
    if (byte < 32 && !layout) controls += 1;
  }
  return controls > head.byteLength * MAX_CONTROL_SHARE;
}
