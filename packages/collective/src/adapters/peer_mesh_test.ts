import { afterEach, expect, test } from "vitest";
import type { PeerMessage } from "../messages.ts";
import { openPeerMesh } from "../peer_mesh.ts";
import type { PeerMesh } from "../peer_mesh.ts";
import { connectTcp, listenTcp } from "./tcp.ts";

const secret = "a secret of more than sixteen bytes";
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface End {
  readonly mesh: PeerMesh;
  /** The next message, where its payload went, and from whom. */
  next(): Promise<{ from: string; message: PeerMessage; payload: Float32Array }>;
  readonly unreachable: Promise<string>;
}

async function end(self: string): Promise<End> {
  const place = new Float32Array(3);
  const messages: { from: string; message: PeerMessage; payload: Float32Array }[] = [];
  let wake: (() => void) | undefined;
  const unreachable = Promise.withResolvers<string>();
  const mesh = await openPeerMesh({
    run: "r",
    self,
    host: "127.0.0.1",
    secret,
    connect: connectTcp,
    listen: listenTcp,
    member: { place: () => place },
    onMessage(from, message) {
      messages.push({ from, message, payload: place.slice() });
      wake?.();
    },
    onUnreachable: (generation, member) => unreachable.resolve(`${member} in ${generation}`),
    log: () => {},
  });
  open.push(() => mesh.end());
  return {
    mesh,
    unreachable: unreachable.promise,
    async next() {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift()!;
    },
  };
}

const sum = (generation: number): PeerMessage => ({ kind: "sum", run: "r", generation, step: 0, chunk: 0 });

test("openPeerMesh() carries messages kept from before the link, also when a peer entered the generation first", async () => {
  const [a, b] = [await end("a"), await end("b")];
  const addresses = { a: a.mesh.address, b: b.mesh.address };
  // "b" calls "a", which has not entered generation 1 yet: the link waits there.
  b.mesh.open(1, ["a", "b"], addresses);
  b.mesh.send({ to: "a", message: sum(1), payload: Float32Array.of(1, 2, 3) });
  a.mesh.open(1, ["a", "b"], addresses);
  a.mesh.send({ to: "b", message: sum(1), payload: Float32Array.of(4, 5, 6) });
  expect(await a.next()).toEqual({ from: "b", message: sum(1), payload: Float32Array.of(1, 2, 3) });
  expect(await b.next()).toEqual({ from: "a", message: sum(1), payload: Float32Array.of(4, 5, 6) });
});

test("openPeerMesh() reports a member whose link breaks, and connects anew in the next generation", async () => {
  const [a, b] = [await end("a"), await end("b")];
  const addresses = { a: a.mesh.address, b: b.mesh.address };
  for (const { mesh } of [a, b]) mesh.open(1, ["a", "b"], addresses);
  b.mesh.send({ to: "a", message: sum(1), payload: new Float32Array(3) });
  await a.next();
  b.mesh.close();
  expect(await a.unreachable).toBe("b in 1");
  for (const { mesh } of [a, b]) mesh.open(2, ["a", "b"], addresses);
  b.mesh.send({ to: "a", message: sum(2), payload: new Float32Array(3) });
  expect((await a.next()).message.generation).toBe(2);
});

test("openPeerMesh() reports a member that nobody answers for", async () => {
  const [a, b] = [await end("a"), await end("b")];
  a.mesh.end();
  b.mesh.open(1, ["a", "b"], { a: a.mesh.address, b: b.mesh.address });
  expect(await b.unreachable).toBe("a in 1");
});

test("openPeerMesh() closes a link whose greeting is of another run", async () => {
  const a = await end("a");
  const stranger = await connectTcp({ ...a.mesh.address, secret, purpose: "peer" });
  stranger.read({ place: () => undefined, receive: () => {} });
  stranger.send({ kind: "hello", run: "another", generation: 1, from: "b" });
  await stranger.closed;
});
