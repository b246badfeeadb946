import { readFileSync, readlinkSync } from "node:fs";
import type { LinkOptions, Links } from "../link.ts";
import { nearLink } from "./near_link.ts";
import type { Nearness } from "./near_reader.ts";
import { connectTcp, listenTcp } from "./tcp.ts";

/** The same start of the same kernel, and process numbers that mean the same. */
function reachOfThisProcess(): string {
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
}

/** Frames are wrapped, so an end that does not wrap them is to be refused by its greeting. */
function named<Options extends LinkOptions>(options: Options): Options {
  return { ...options, purpose: `${options.purpose}, near` };
}

/**
 * Links over TCP, of which large payloads are read out of the other end's memory where it runs on this machine. Both ends have to be made
 * like this. On Linux only; elsewhere all is sent.
 * @param log Told once why payloads between processes of this machine are sent after all.
 */
export async function openNearLinks(log: (message: string) => void): Promise<Links> {
  let isSaid = false;
  function unable(remote: string, reason: string): void {
    if (!isSaid) log(`vectors for processes of this machine are sent to them, not read by them (${remote}): ${reason}`);
    isSaid = true;
  }
  let near: Nearness | undefined;
  if (process.platform === "linux") {
    try {
      const { openProcessMemory } = await import("./process_memory.ts");
      near = { reach: reachOfThisProcess(), memory: openProcessMemory(), unable };
    } catch (error) {
      unable("any", String(error));
    }
  }
  return {
    connect: async (options) => nearLink(await connectTcp(named(options)), near),
    listen: (options) => listenTcp({ ...named(options), onLink: (link) => options.onLink(nearLink(link, near)) }),
  };
}
