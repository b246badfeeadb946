import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalSourcePath, documentId } from "./document.ts";

describe("documentId()", () => {
  test("documentId() is the SHA-256 of path, NUL and record index", async () => {
    const bytes = new TextEncoder().encode("docs/a.md\u00003");
    const wanted = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    expect(await documentId("docs/a.md", 3)).toBe(wanted);
  });

  test("documentId() gives one id for all spellings of one path", async () => {
    const id = await documentId("docs/caf\u00e9.md", 0);
    expect(await documentId("./docs//cafe\u0301.md", 0)).toBe(id);
    expect(await documentId("docs\\caf\u00e9.md", 0)).toBe(id);
  });

  test("documentId() differs when path or record differs", async () => {
    const ids = await Promise.all([documentId("a", 0), documentId("a", 1), documentId("a1", 0), documentId("a/1", 0)]);
    expect(new Set(ids).size).toBe(4);
  });

  test("documentId() refuses a record index that is not a whole number from 0", async () => {
    await expect(documentId("a", -1)).rejects.toThrow(RangeError);
    await expect(documentId("a", 0.5)).rejects.toThrow(RangeError);
  });
});

describe("canonicalSourcePath()", () => {
  test("canonicalSourcePath() refuses paths which leave their root or name nothing", () => {
    expect(() => canonicalSourcePath("a/../../b")).toThrow('found ".."');
    expect(() => canonicalSourcePath("./")).toThrow("found no segment");
  });

  test("canonicalSourcePath() keeps a URI", () => {
    expect(canonicalSourcePath("s3://bucket//key")).toBe("s3://bucket//key");
  });

  test("canonicalSourcePath() changes nothing when applied twice", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "\u00e9", "e", "\u0301", ".", " "), minLength: 1 }), {
          minLength: 1,
        }),
        (segments) => {
          fc.pre(segments.every((s) => s !== "..") && segments.some((s) => s !== "."));
          const once = canonicalSourcePath(segments.join("/"));
          expect(canonicalSourcePath(once)).toBe(once);
        },
      ),
    );
  });
});
