import type { FrameHeader, Link } from "@millrace/collective";
import { expect, test } from "vitest";
import { createBlobClient } from "./blob_client.ts";

// SHA-256 of "abc" and of no bytes: FIPS 180-4, examples of its authors.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BLOBS: Readonly<Record<string, readonly number[]>> = { [ABC]: [0x61, 0x62, 0x63], [NOTHING]: [] };

test("blobs that are fetched at the same time all arrive, one after another", async () => {
  const wanted: string[] = [];
  const link: Link = {
    remote: "gateway",
    sentBytes: 0,
    send(header: FrameHeader) {
      const { sha256 } = header as { sha256: string };
      wanted.push(sha256);
      // The gateway sends each blob in pieces of a byte, once the one before is whole.
      setImmediate(() => {
        const bytes = BLOBS[sha256] ?? [];
        for (const byte of bytes) {
          blobs.place(sha256, bytes.length, 1).set([byte]);
          blobs.receive(sha256, bytes.length);
        }
        if (bytes.length === 0) blobs.receive(sha256, 0);
      });
    },
    drained: () => Promise.resolve(),
    read() {},
    close() {},
    end() {},
    closed: new Promise(() => {}),
  };
  const blobs = createBlobClient(link);
  const fetched = await Promise.all([ABC, NOTHING, ABC].map((sha256) => blobs.fetch(sha256)));
  expect(fetched.map((bytes) => [...bytes])).toEqual([[0x61, 0x62, 0x63], [], [0x61, 0x62, 0x63]]);
  expect(wanted).toEqual([ABC, NOTHING, ABC]);
});
