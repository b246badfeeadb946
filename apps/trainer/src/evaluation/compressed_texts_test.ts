import { TOKEN_MARKS } from "@millrace/contracts";
import { gzipSize } from "@millrace/features/compression";
import { expect, test } from "vitest";
import { compressedTexts } from "./compressed_texts.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const { between, conversation, document, predicted, read } = TOKEN_MARKS;

test("compressedTexts() joins the answers of conversations, and leaves documents alone", () => {
  const documents = ["Yes.\n", "a text", "No.\n"].map(bytes);
  const marks = Uint8Array.of(
    between,
    conversation,
    read,
    predicted,
    document,
    predicted,
    between,
    conversation,
    predicted,
  );
  expect(compressedTexts({ documents, lengths: [4, 2, 3], marks })).toEqual([bytes("a text"), bytes("Yes.\nNo.\n")]);
  expect(compressedTexts({ documents, lengths: [4, 2, 3] })).toEqual(documents);
});

test("compressedTexts() lets gzip shorten answers of one word", async () => {
  const documents = Array.from({ length: 40 }, (_, at) => bytes(at % 3 === 0 ? "Restart it.\n" : "Yes, on Monday.\n"));
  const lengths = documents.map(() => 3);
  const marks = Uint8Array.from(documents.flatMap(() => [between, conversation, predicted]));
  const sizeBytes = documents.reduce((sum, { length }) => sum + length, 0);
  expect(await gzipSize(documents)).toBeGreaterThan(sizeBytes);
  expect(await gzipSize(compressedTexts({ documents, lengths, marks }))).toBeLessThan(sizeBytes);
});
