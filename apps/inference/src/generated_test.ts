import type { FrameHandler, FrameHeader, Link } from "@millrace/collective";
import { describe, expect, test } from "vitest";
import { type Choice, choicesOf, CompletionRequest } from "./completion_request.ts";
import { ReplicaLostError } from "./gateway/replica_errors.ts";
import type { ReplicaGroup } from "./gateway/replica_group.ts";
import { receiveReplica, type ReplicaSession } from "./gateway/replica_session.ts";
import { generateChoices } from "./generated.ts";

/** A link whose other end the test plays. */
function scriptedLink() {
  const sent: FrameHeader[] = [];
  const closed = Promise.withResolvers<Error | undefined>();
  let handler: FrameHandler | undefined;
  const link: Link = {
    remote: "test",
    sentBytes: 0,
    send: (header) => void sent.push(header),
    drained: async () => {},
    read: (given) => (handler = given),
    close: () => closed.resolve(undefined),
    end: () => closed.resolve(undefined),
    closed: closed.promise,
  };
  const say = (header: FrameHeader): void => handler?.receive(header, new Uint8Array());
  return { link, sent, say };
}

/** A session with a replica that says only what the test says. */
async function scriptedSession() {
  const { link, sent, say } = scriptedLink();
  const ready = Promise.withResolvers<ReplicaSession>();
  const claim = {
    package: "0".repeat(64),
    readBlob: async () => new Uint8Array(),
    onReady: ready.resolve,
    onBroken: ready.reject,
  };
  receiveReplica(
    link,
    (name) => (name === "one" ? claim : undefined),
    () => 0,
  );
  say({ type: "join", replica: "one" });
  say({ type: "ready", slots: 2 });
  return { session: await ready.promise, link, sent, say };
}

function groupOf(session: ReplicaSession): ReplicaGroup {
  const packed = { sha256: "0".repeat(64), sizeBytes: 1, mediaType: "application/json" };
  return {
    served: { project: "default", model: "docs", version: 1, package: packed },
    replicas: [],
    busy: () => 0,
    waiting: 0,
    isClosing: false,
    admit: () => () => {},
    ready: async () => {},
    seat: async () => ({ session, leave: () => {} }),
    close: async () => {},
  };
}

const choices = (n: number): Choice[] => choicesOf(CompletionRequest.parse({ model: "docs", prompt: "a", n }), 1);
const token = (id: number, text: string) => ({ type: "token", id, token: { text, promptTokens: 1 } });

describe("generateChoices()", () => {
  test("generateChoices() tells the replica to end everything when the reader leaves", async () => {
    const { session, link, sent, say } = await scriptedSession();
    const tokens = generateChoices(groupOf(session), choices(2), "until begun", new AbortController().signal);
    const first = tokens.next();
    await expect.poll(() => sent.filter(({ type }) => type === "generate").length).toBe(2);
    say(token(1, "x"));
    expect((await first).value).toMatchObject({ token: { text: "x" } });
    await tokens.return();
    expect(sent.filter(({ type }) => type === "cancel").map(({ id }) => id)).toEqual(expect.arrayContaining([1, 2]));
    link.close();
  });

  test("generateChoices() does not tell of what has ended by itself", async () => {
    const { session, link, sent, say } = await scriptedSession();
    const tokens = Array.fromAsync(
      generateChoices(groupOf(session), choices(1), "until begun", new AbortController().signal),
    );
    await expect.poll(() => sent.some(({ type }) => type === "generate")).toBe(true);
    say({ ...token(1, "x"), token: { text: "x", promptTokens: 1, finish: "stop" } });
    expect(await tokens).toHaveLength(1);
    expect(sent.some(({ type }) => type === "cancel")).toBe(false);
    link.close();
  });

  test("generateChoices() passes a loss after the first token on, and ends the others", async () => {
    const { session, link, sent, say } = await scriptedSession();
    const tokens = generateChoices(groupOf(session), choices(2), "until begun", new AbortController().signal);
    const first = tokens.next();
    await expect.poll(() => sent.filter(({ type }) => type === "generate").length).toBe(2);
    say(token(1, "x"));
    say(token(2, "y"));
    await first;
    await tokens.next();
    link.close();
    await expect(tokens.next()).rejects.toBeInstanceOf(ReplicaLostError);
    expect(session.isOpen).toBe(false);
  });
});

test("receiveReplica() refuses strangers, unknown messages and those that speak before they join", () => {
  const wrong: FrameHeader[] = [
    { type: "join", replica: "stranger" },
    { type: "ready", slots: 2 },
    { type: "surprise" },
    { type: "ready", slots: 0 },
  ];
  for (const message of wrong) {
    const { link, say } = scriptedLink();
    receiveReplica(
      link,
      () => undefined,
      () => 0,
    );
    expect(() => say(message)).toThrow(TypeError);
    link.close();
  }
});
