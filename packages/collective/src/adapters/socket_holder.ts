import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isIPv4 } from "node:net";

/** Where one end of a connection is. */
export interface SocketEnd {
  /** As Node writes it: IPv4, or IPv6. */
  readonly address: string;
  readonly port: number;
}

/**
 * Whether a process holds the end of a TCP connection that faces ours: whatever such a process tells of itself comes from no other. What the
 * kernel says of both is compared, proc(5).
 * @param theirs The other end. @param ours Our end.
 * @returns False also where the process, or the other end, is none that this process may see.
 */
export function holdsSocket(pid: number, theirs: SocketEnd, ours: SocketEnd): boolean {
  const inode = inodeOf(theirs, ours);
  if (inode === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => linkOf(`${folder}/${descriptor}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}

/** What a descriptor stands for; nothing of one that was closed since the folder was read. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function inodeOf(local: SocketEnd, remote: SocketEnd): string | undefined {
  const ends = [local, remote].map(({ address, port }) => {
    return `${hexOf(address)}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  });
  // A listener for both kinds of address has IPv4 ones in the table of IPv6.
  const wanted = [ends, ends.map((end) => end.replace(/^(.{8}):/, "0000000000000000FFFF0000$1:"))];
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readFileSync(table, "latin1").split("\n")) {
      const [, from, to, , , , , , , inode] = line.trim().split(/\s+/);
      if (wanted.some((pair) => pair[0] === from && pair[1] === to)) return inode;
    }
  }
  return undefined;
}

/** An address as the kernel's table has it: words of 32 bits, each in the order of the machine, which is little endian. */
function hexOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  const ipv4 = mapped ?? (isIPv4(address) ? address : undefined);
  if (ipv4 !== undefined) return wordsOf(ipv4.split(".").map(Number));
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return wordsOf(all.flatMap((group) => [group >> 8, group & 255]));
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

function wordsOf(bytes: readonly number[]): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(4 * word, 4 * word + 4).toReversed());
  return words
    .flat()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}
