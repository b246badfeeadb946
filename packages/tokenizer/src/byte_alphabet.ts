/**
 * The byte alphabet of GPT-2: every byte has one printable character, so that a vocabulary of byte strings can be
 * written as JSON text. Printable Latin-1 stands for itself; the other 68 bytes take U+0100 onwards, in order.
 */

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

function makeAlphabet(): string[] {
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : 256 + moved++));
}

/** Character of each byte, by byte. */
const BYTE_CHARACTERS: readonly string[] = makeAlphabet();

/** All 256 bytes in the order of their characters: the order in which a trained vocabulary lists them. */
export const ALPHABET_BYTES: readonly number[] = BYTE_CHARACTERS.map((character, byte) => ({ character, byte }))
  .sort((a, b) => a.character.charCodeAt(0) - b.character.charCodeAt(0))
  .map(({ byte }) => byte);

const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** Writes bytes in the byte alphabet. */
export function textOfBytes(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += BYTE_CHARACTERS[byte];
  return text;
}

/**
 * Reads a text in the byte alphabet.
 * @returns Its bytes, or undefined if a character is outside the alphabet.
 */
export function bytesOfText(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = BYTE_OF.get(text.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
