import type { Outgoing } from "./exchange.ts";
import type { FrameHeader } from "./frame.ts";
import type { Connect, Link, Listen, Listener } from "./link.ts";
import type { Member } from "./member.ts";
import { parsePeerMessage } from "./messages.ts";
import type { PeerMessage } from "./messages.ts";

/** Where peers reach a member. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** The links between the members of one generation; a new generation has new links, so nothing of an old one can arrive late. */
export interface PeerMesh {
  readonly address: PeerAddress;
  /** Bytes sent to peers until now, over the links of all generations. */
  readonly sentBytes: number;
  /**
   * Connects to the members of a generation that `member` has just entered. Each calls all others to hear from them, and speaks to those
   * who called: only the end that called can have bytes received where they belong.
   */
  open(generation: number, members: readonly string[], addresses: Readonly<Record<string, PeerAddress>>): void;
  /** Sends, or keeps until the link is there. */
  send(outgoing: Outgoing): void;
  /** Closes the links of the current generation. */
  close(): void;
  /** Closes everything, the port too. */
  end(): void;
}

/** What a mesh needs. */
export interface PeerMeshOptions {
  readonly run: string;
  readonly self: string;
  readonly host: string;
  readonly secret: string;
  readonly connect: Connect;
  readonly listen: Listen;
  readonly member: Pick<Member, "place">;
  onMessage(from: string, message: PeerMessage): void;
  onUnreachable(generation: number, member: string, reason: Error): void;
  log(message: string): void;
}

const PURPOSE = "peer";
/** Links of generations this member has not entered yet; a run has far fewer members. */
const MAX_EARLY_LINKS = 64;

function bytesOf(payload: Float32Array): Uint8Array {
  return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
}

function transmit(link: Link, { message, payload }: Outgoing): void {
  link.send({ ...message }, payload && bytesOf(payload));
}

/** Starts listening for peers. */
export async function openPeerMesh(options: PeerMeshOptions): Promise<PeerMesh> {
  const { run, self, secret, connect } = options;
  let generation = -1;
  // False between a halt and the next generation.
  let active = false;
  let expected: readonly string[] = [];
  // To speak on, by name, and to listen on.
  const links = new Map<string, Link>();
  const heard = new Set<Link>();
  let sentBeforeBytes = 0;
  const pending = new Map<string, Outgoing[]>();
  const early = new Map<Link, { from: string; generation: number }>();

  function attach(link: Link, name: string): void {
    links.set(name, link);
    for (const outgoing of pending.get(name) ?? []) transmit(link, outgoing);
    pending.delete(name);
  }

  function lost(of: number, name: string, reason: Error | undefined): void {
    if (of !== generation || !active) return;
    options.onUnreachable(of, name, reason ?? new Error("the link was closed"));
  }

  /** An incoming link says who it is first; it waits here until this member has entered its generation. */
  function accept(link: Link): void {
    let from: string | undefined;
    link.read({
      place: () => undefined,
      receive: (header) => {
        if (from !== undefined) throw new TypeError(`peer link: "${from}" called to listen, and spoke`);
        const { kind, run: theirs, generation: of, from: name } = header;
        if (kind !== "hello" || theirs !== run || typeof of !== "number" || typeof name !== "string") {
          throw new TypeError("peer link: expected a greeting of this run");
        }
        if (of < generation || (of === generation && !active) || early.size >= MAX_EARLY_LINKS)
          throw new RangeError(`generation ${of} is not expected`);
        from = name;
        early.set(link, { from: name, generation: of });
        admitEarly();
        void link.closed.then((reason) => {
          early.delete(link);
          if (links.get(name) === link) lost(of, name, reason);
        });
      },
    });
  }

  function admitEarly(): void {
    for (const [link, { from, generation: of }] of early) {
      if (of > generation) continue;
      early.delete(link);
      if (active && of === generation && expected.includes(from) && !links.has(from)) {
        attach(link, from);
      } else link.close();
    }
  }

  async function call(of: number, name: string, address: PeerAddress): Promise<void> {
    let link: Link;
    try {
      link = await connect({ ...address, secret, purpose: PURPOSE });
    } catch (error) {
      lost(of, name, error as Error);
      return;
    }
    if (of !== generation || !active) {
      link.close();
      return;
    }
    heard.add(link);
    link.read({
      place: (header, sizeBytes) => placePayload(name, header, sizeBytes),
      receive: (header) => options.onMessage(name, parsePeerMessage(header)),
    });
    link.send({ kind: "hello", run, generation: of, from: self });
    void link.closed.then((reason) => {
      heard.delete(link);
      lost(of, name, reason);
    });
  }

  function placePayload(from: string, header: FrameHeader, sizeBytes: number): Uint8Array | undefined {
    const place = options.member.place(from, parsePeerMessage(header));
    if (place !== undefined && place.byteLength !== sizeBytes) {
      throw new RangeError(`"${from}" sent ${sizeBytes} bytes where ${place.byteLength} were wanted`);
    }
    return place && bytesOf(place);
  }

  const listener: Listener = await options.listen({
    host: options.host,
    port: 0,
    secret,
    purpose: PURPOSE,
    onLink: accept,
    onRefused: (remote, reason) => options.log(`turned away ${remote}: ${reason.message}`),
  });

  function close(): void {
    active = false;
    for (const link of links.values()) {
      sentBeforeBytes += link.sentBytes;
      link.close();
    }
    for (const link of heard) link.close();
    links.clear();
    pending.clear();
  }

  return {
    address: { host: listener.host, port: listener.port },
    get sentBytes() {
      return [...links.values()].reduce((sum, link) => sum + link.sentBytes, sentBeforeBytes);
    },
    open(next, members, addresses) {
      close();
      generation = next;
      active = true;
      expected = members.filter((name) => name !== self);
      expected.forEach((name) => {
        const address = addresses[name];
        if (address === undefined) throw new TypeError(`generation ${next}: no address of member "${name}"`);
        void call(next, name, address);
      });
      admitEarly();
    },
    send(outgoing) {
      const link = links.get(outgoing.to);
      if (link !== undefined) transmit(link, outgoing);
      else pending.set(outgoing.to, [...(pending.get(outgoing.to) ?? []), outgoing]);
    },
    close,
    end() {
      close();
      for (const link of early.keys()) link.close();
      listener.close();
    },
  };
}
