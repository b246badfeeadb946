/** SHA-256 of bytes, in hex: their address. Of any length, which `crypto.subtle` is not: it refuses 2 GiB. */
export type Hash = (bytes: Uint8Array) => Promise<string>;
