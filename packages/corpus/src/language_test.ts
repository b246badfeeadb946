import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openLanguageDetector } from "./language.ts";

const detect = await openLanguageDetector();

describe("LanguageDetector", () => {
  test.each([
    ["en", "The quick brown fox jumps over the lazy dog while the farmer looks on."],
    ["de", "Hallo Welt, wie geht es dir heute? Das Wasser treibt das Rad der M\u00fchle an."],
    ["fr", "L'eau de la rivi\u00e8re fait tourner la roue du moulin jour et nuit."],
    ["es", "El agua del r\u00edo mueve la rueda del molino d\u00eda y noche."],
    ["ru", "Это очень простое предложение на русском языке, чтобы проверить, как всё работает."],
    [
      "ja",
      "\u3053\u3093\u306b\u3061\u306f\u4e16\u754c\u3002\u4eca\u65e5\u306f\u3044\u3044\u5929\u6c17\u3067\u3059\u306d\u3002",
    ],
  ])("LanguageDetector gives %s for %s", (language, text) => {
    const found = detect(text);
    expect(found.language).toBe(language);
    expect(found.confidence).toBeGreaterThan(0.5);
  });

  test.each(["", "   ", "12345 67.8", "x", "https://example.org/path", "```\nconst a = b;\n```"])(
    "LanguageDetector gives und when %j holds no prose",
    (text) => {
      expect(detect(text)).toEqual({ language: "und", confidence: 0 });
    },
  );

  test("LanguageDetector judges the prose around code, not the code", () => {
    const code = "```js\nif (value === undefined) return the.first(of, the, list);\n```\n".repeat(20);
    expect(detect(`Das Wasser treibt das Rad der M\u00fchle an.\n\n${code}\nDas Rad dreht den Stein.`).language).toBe(
      "de",
    );
  });

  test("LanguageDetector is surer of a sentence than of a word", () => {
    expect(detect("hello").confidence).toBeLessThan(detect("hello, how are you doing today?").confidence);
  });

  test("LanguageDetector gives a confidence in [0, 1] and the same answer twice for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
        const found = detect(text);
        expect(found.confidence).toBeGreaterThanOrEqual(0);
        expect(found.confidence).toBeLessThanOrEqual(1);
        expect(detect(text)).toEqual(found);
      }),
    );
  });
});
