/** Small, fast, seeded 32-bit hashes which give the same number on every machine. Not for secrets, nor against an adversary. */

/** Mixes 32 bits so that each depends on all (finaliser of MurmurHash3, Appleby 2011, public domain). */
export function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Hashes the UTF-16 units of a text (FNV-1a, then {@link mix32}).
 * @returns A whole number from 0 to 2^32 - 1.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix32(hash);
}
