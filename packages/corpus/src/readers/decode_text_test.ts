import { describe, expect, test } from "vitest";
import { declaredHtmlCharset, decodeText, looksBinary } from "./decode_text.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("decodeText()", () => {
  test("decodeText() believes a byte order mark before all and removes it", () => {
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x41, 0]), "utf-8")).toMatchObject({
      text: "A",
      charset: "utf-16le",
    });
    expect(decodeText(new Uint8Array([0xfe, 0xff, 0, 0x41]))).toMatchObject({ text: "A", charset: "utf-16be" });
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])).text).toBe("A");
  });

  test("decodeText() prefers valid UTF-8 to a declared single-byte charset", () => {
    expect(decodeText(bytes("caf\u00e9"), "iso-8859-1")).toMatchObject({ text: "caf\u00e9", charset: "utf-8" });
  });

  test("decodeText() uses a declared charset when the bytes are not UTF-8", () => {
    expect(decodeText(new Uint8Array([0xc1]), "windows-1251")).toMatchObject({ text: "\u0411", assumed: false });
  });

  test("decodeText() uses a declared multi-byte charset before UTF-8", () => {
    expect(decodeText(new Uint8Array([0x82, 0xa0]), "Shift_JIS").text).toBe("\u3042");
    expect(decodeText(new Uint8Array([0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42]), "iso-2022-jp").text).toBe(
      "\u3042",
    );
  });

  test("decodeText() assumes windows-1252 and says so when nothing else fits", () => {
    const decoded = decodeText(new Uint8Array([0x93, 0x41, 0x94]), "no-such-charset");
    expect(decoded).toEqual({ text: "\u201cA\u201d", charset: "windows-1252", assumed: true });
  });
});

describe("declaredHtmlCharset()", () => {
  test("declaredHtmlCharset() finds both forms of <meta>", () => {
    expect(declaredHtmlCharset(bytes('<meta charset="gbk">'))).toBe("gbk");
    const http = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">';
    expect(declaredHtmlCharset(bytes(http))).toBe("iso-8859-2");
    expect(declaredHtmlCharset(bytes("<p>charset=gbk"))).toBeUndefined();
  });
});

describe("looksBinary()", () => {
  test("looksBinary() is true for NULs, PDF and control characters, false for text of any charset", () => {
    expect(looksBinary(new Uint8Array([0x41, 0, 0x42]))).toBe(true);
    expect(looksBinary(bytes("%PDF-1.7 text"))).toBe(true);
    expect(looksBinary(new Uint8Array([1, 2, 3, 4]))).toBe(true);
    expect(looksBinary(new Uint8Array([0xff, 0xfe, 0x41, 0]))).toBe(false);
    expect(looksBinary(new Uint8Array([0xe4, 0xf6, 0xfc]))).toBe(false);
    expect(looksBinary(bytes("\u001b[1mbold\u001b[0m\ttext\r\n"))).toBe(false);
  });
});
