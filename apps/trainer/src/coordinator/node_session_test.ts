import type { FrameHandler, Link } from "@millrace/collective";
import { beforeEach, expect, test } from "vitest";
import type { CheckpointFiles } from "../node/replica.ts";
import { openNodeSession } from "./node_session.ts";

/** The node's side of a link: what it says is read at once. */
let node: FrameHandler;
let taken: { readonly step: number; readonly files: CheckpointFiles }[];

beforeEach(() => {
  taken = [];
  const link: Link = {
    remote: "node",
    sentBytes: 0,
    send() {},
    drained: () => Promise.resolve(),
    read: (handler) => void (node = handler),
    close() {},
    end() {},
    closed: new Promise(() => {}),
  };
  openNodeSession(link, {
    now: () => 0,
    readBlob: () => Promise.reject(new Error("no blob is wanted")),
    onMessage: ({ type }) => expect.fail(`"${type}" is no checkpoint`),
    onCheckpoint: (step, files) => taken.push({ step, files }),
    onClosed() {},
  });
});

function say(step: number, file: "model" | "state", at: number, sizeBytes: number, ...bytes: number[]): void {
  const header = { type: "checkpoint", step, file, at, sizeBytes };
  const place = node.place(header, bytes.length);
  place!.set(bytes);
  node.receive(header, place!);
}

test("a checkpoint that is begun anew while the first is on its way comes whole, once", () => {
  say(8, "model", 0, 3, 1, 2);
  say(8, "model", 0, 3, 1, 2);
  say(8, "model", 2, 3, 3);
  say(8, "state", 0, 1, 4);
  expect(taken).toEqual([{ step: 8, files: { model: Uint8Array.of(1, 2, 3), state: Uint8Array.of(4) } }]);
});

test("a checkpoint that is sent again after it has arrived comes again", () => {
  for (let time = 0; time < 2; time++) {
    say(8, "model", 0, 1, 1);
    say(8, "state", 0, 1, 4);
  }
  expect(taken.map(({ step }) => step)).toEqual([8, 8]);
});

test("a piece that does not follow the one before it closes the link", () => {
  say(8, "model", 0, 4, 1, 2);
  expect(() => say(8, "model", 3, 4, 4)).toThrow('checkpoint file "model": 1 bytes at 3, wanted those at 2 of 4');
  expect(() => say(8, "model", 2, 4, 3, 4, 5)).toThrow("3 bytes at 2, wanted those at 2 of 4");
});
