import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { FrameHeader } from "../frame.ts";
import type { Link } from "../link.ts";
import { AsyncQueue, describeLinks, frames } from "../testing/link_contract.ts";
import { openNearLinks } from "./near.ts";
import { nearLink } from "./near_link.ts";
import type { Nearness } from "./near_reader.ts";
import { openProcessMemory } from "./process_memory.ts";
import { holdsSocket } from "./socket_holder.ts";
import { connectTcp, listenTcp } from "./tcp.ts";
import type { TcpLink } from "./tcp.ts";

describeLinks("openNearLinks()", () => openNearLinks((message) => expect.fail(message)));

const LARGE = 100_000;
const SECRET = { secret: "a secret of more than sixteen bytes", purpose: "test" };
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Both ends of a connection. */
async function connection(host = "127.0.0.1"): Promise<[TcpLink, TcpLink]> {
  const links = new AsyncQueue<TcpLink>();
  const listener = await listenTcp({
    ...SECRET,
    host,
    port: 0,
    onLink: (link) => links.push(link),
    onRefused: () => {},
  });
  const caller = await connectTcp({ ...SECRET, host, port: listener.port });
  const called = await links.next();
  open.push(() => listener.close(), ...[caller, called].map((link) => () => link.close()));
  return [caller, called];
}

interface End {
  readonly link: Link;
  readonly beneath: TcpLink;
  readonly frames: AsyncQueue<{ header: FrameHeader; payload: Uint8Array }>;
  readonly reasons: string[];
}

function endOf(beneath: TcpLink, own: Partial<Nearness> = {}): End {
  const reasons: string[] = [];
  const unable = (_: string, reason: string): void => void reasons.push(reason);
  const link = nearLink(beneath, { reach: "here", memory: openProcessMemory(), unable, ...own });
  return { link, beneath, reasons, frames: frames(link) };
}

/**
 * Two ends that have found out, after as many frames to and fro as that takes, whether they are near each other.
 * @param own Of the second end. @param change Of the first end's link.
 */
async function ends(own: Partial<Nearness> = {}, change = (link: TcpLink): TcpLink => link): Promise<[End, End]> {
  const [caller, called] = await connection();
  const [a, b] = [endOf(change(caller)), endOf(called, own)];
  for (let turn = 0; turn < 2; turn++) {
    a.link.send({});
    await b.frames.next();
    b.link.send({});
    await a.frames.next();
  }
  return [a, b];
}

describe.skipIf(process.platform !== "linux")("nearLink()", () => {
  test("large payloads are read and not sent, both ways, in order with small ones, and count as sent", async () => {
    const both = await ends();
    for (const [from, to] of [both, [...both].reverse() as [End, End]]) {
      const before = [from.beneath.sentBytes, from.link.sentBytes] as const;
      const payloads = [LARGE, 10, 1_048_576, 0, LARGE].map((length) => randomBytes(length));
      payloads.forEach((payload, n) => from.link.send({ n }, payload));
      for (const [n, payload] of payloads.entries()) {
        const got = await to.frames.next();
        expect(got.header).toEqual({ n });
        expect(payload.equals(got.payload)).toBe(true);
      }
      expect(from.beneath.sentBytes - before[0]).toBeLessThan(1000);
      expect(from.link.sentBytes - before[1]).toBeGreaterThan(2 * LARGE + 1_048_576);
      expect(from.reasons).toEqual([]);
    }
  });

  test("what follows more than the other end should copy in one turn waits, and keeps its place", async () => {
    const [a, b] = await ends();
    const announced: number[] = [];
    const { send } = a.beneath;
    a.beneath.send = (header, payload) => {
      if (header["kind"] === "left") announced.push(Number(header["bytes"]));
      send(header, payload);
    };
    const values = Array.from({ length: 40 }, (_, value) => value);
    for (const value of values) a.link.send({ value }, new Uint8Array(2 ** 20).fill(value));
    a.link.send({ value: 40 });
    expect(announced).toHaveLength(32);
    expect(a.link.sentBytes).toBeGreaterThan(values.length * 2 ** 20);
    for (const value of values) {
      const { header, payload } = await b.frames.next();
      expect([header["value"], payload[0], payload.at(-1)]).toEqual([value, value, value]);
    }
    expect((await b.frames.next()).header).toEqual({ value: 40 });
    expect(announced).toHaveLength(40);
  });

  test("drained() waits until a payload may be changed", async () => {
    const [a, b] = await ends();
    const payload = new Uint8Array(LARGE).fill(7);
    a.link.send({}, payload);
    await a.link.drained();
    payload.fill(0);
    expect((await b.frames.next()).payload.every((byte) => byte === 7)).toBe(true);
  });

  test("a payload that may have changed since the link was closed is not taken", async () => {
    const [a, b] = await ends();
    const payload = new Uint8Array(LARGE).fill(7);
    a.link.send({ kind: "stale" }, payload);
    a.link.close();
    payload.fill(0);
    const end = b.link.closed.then(() => "closed");
    expect(await Promise.race([b.frames.next(), end])).toBe("closed");
    a.link.send({ kind: "late" }, payload);
    await a.link.drained();
  });

  test("end() ends the connection when the other end has read what is left to be read", async () => {
    const order: string[] = [];
    const memory = openProcessMemory();
    const [a, b] = await ends(
      {
        memory: {
          ...memory,
          read(pid, stretches) {
            memory.read(pid, stretches);
            order.push("read");
          },
        },
      },
      (link) => ({
        ...link,
        end() {
          order.push("end");
          link.end();
        },
      }),
    );
    a.link.send({ kind: "last" }, new Uint8Array(LARGE).fill(7));
    a.link.end();
    expect((await b.frames.next()).payload.every((byte) => byte === 7)).toBe(true);
    expect(await b.link.closed).toBeUndefined();
    expect(order.slice(-2)).toEqual(["read", "end"]);
  });

  test.each([
    ["runs elsewhere", { reach: "elsewhere" }, []],
    [
      "has memory that cannot be read",
      { memory: { ...openProcessMemory(), addressOf: () => 8 } },
      [`reading 32 bytes of the memory of process ${process.pid}: EFAULT`],
    ],
  ])("payloads are sent to one who reads them there when the end that sends %s", async (_, own, reasons) => {
    const [a, b] = await ends(own);
    b.link.send({}, new Uint8Array(LARGE).fill(7));
    expect((await a.frames.next()).payload.every((byte) => byte === 7)).toBe(true);
    expect(b.beneath.sentBytes).toBeGreaterThan(LARGE);
    expect(a.reasons).toEqual(reasons);
  });

  test.each([
    ["of a process that is not at the other end", process.ppid, 0, "is not its other end"],
    ["where its mark is not", process.pid, 1, "its mark is elsewhere"],
  ])("memory %s is not read, and none without having been found", async (_, pid, off, reason) => {
    const [caller, called] = await connection();
    const { link, reasons } = endOf(caller);
    const mark = new Uint8Array(randomBytes(64));
    const at = openProcessMemory().addressOf(mark);
    called.send({
      kind: "here",
      reach: "here",
      pid,
      at: at + off,
      mark: Buffer.from(mark.slice(0, 32)).toString("hex"),
    });
    called.send({ kind: "left", of: {}, at, bytes: 32 });
    expect((await link.closed)?.message).toContain("before its process was known");
    expect(reasons).toEqual([expect.stringContaining(reason)]);
  });

  test("what an end sends back of the other's own does not show that it is the other", async () => {
    const [caller, called] = await connection();
    const { link, reasons } = endOf(caller);
    const heard = frames(called);
    const { header } = await heard.next();
    // As from another process, which has no other number to tell than that of the one it wants to be read.
    called.send({ ...header, pid: process.ppid });
    called.send({ kind: "seen" });
    called.send({ ...header });
    expect((await link.closed)?.message).toContain("said twice where it is");
    expect(reasons).toHaveLength(1);
  });

  test.each([
    [{ kind: "read", payloads: 1 }, "1 payloads were read of 0"],
    [{ kind: "here", reach: "here", pid: "../1", at: 0, mark: "" }, 'expected "pid" to be a whole number'],
    [{ kind: "other" }, "a frame of no kind that there is"],
  ])("a frame that breaks the protocol closes the link: %j", async (frame, reason) => {
    const [caller, called] = await connection();
    const { link } = endOf(caller);
    called.send(frame);
    expect((await link.closed)?.message).toContain(reason);
  });

  test("holdsSocket() tells which process has the other end, over IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      const [{ ours, theirs }] = await connection(host);
      expect(holdsSocket(process.pid, theirs, ours), host).toBe(true);
      expect(holdsSocket(process.ppid, theirs, ours), host).toBe(false);
      expect(holdsSocket(process.pid, { ...theirs, port: theirs.port ^ 1 }, ours), host).toBe(false);
    }
  });

  test("the memory of a process that is gone is not read", () => {
    // Above the largest number that Linux gives to processes.
    const { read } = openProcessMemory();
    expect(() => read(2 ** 22 + 1, [{ at: 0, into: new Uint8Array(64) }])).toThrow(
      "reading 64 bytes of the memory of process 4194305: ESRCH",
    );
  });
});
