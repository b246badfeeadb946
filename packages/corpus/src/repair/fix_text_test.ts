import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CORPUS_REPAIR, fixText } from "./fix_text.ts";

/** Damages a text as a wrong decoder does. */
function misread(text: string, charset: string): string {
  return new TextDecoder(charset).decode(new TextEncoder().encode(text));
}

describe("fixText() repairs mojibake", () => {
  test.each([
    ["Das MÃ¼hlrad dreht sich", "Das Mühlrad dreht sich"],
    ["cafÃ©", "café"],
    ["Ã©tÃ©", "été"],
    ["itâ€™s the millerâ€™s", "it's the miller's"],
    ["â€œquotedâ€\u009d text â€” here", '"quoted" text — here'],
    ["5 Â°C and Â£20", "5 °C and £20"],
    ["Ã la carte", "à la carte"],
    ["voilÃ  le moulin", "voilà le moulin"],
    ["PÅ™edÅ¡koda", "Předškoda"],
    ["ðŸ˜€ good", "😀 good"],
    ["Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет"],
    ["РџСЂРёРІРµС‚", "Привет"],
    ["‚Äúquote‚Äù", '"quote"'],
    ["donΓÇÖt", "don't"],
    ["das ist schön â€“ sehr schÃ¶n", "das ist schön – sehr schön"],
    ["“right” and itâ€™s wrong", '"right" and it\'s wrong'],
    ["lost â€\ufffd end", "lost \ufffd end"],
  ])("fixText() turns %j into %j", (damaged, repaired) => {
    expect(fixText(damaged)).toBe(repaired);
  });

  test.each([
    "Grüße aus Köln, überall",
    "L'été à Orléans, où êtes-vous ?",
    "¿Dónde está el niño?",
    "Příliš žluťoučký kůň",
    "naïve façade — “quoted” ‘text’…",
    "日本語のテキスト",
    "Привет, мир",
    "emoji 😀 and 👍🏽",
  ])("fixText() restores %j after one and two wrong decodings as windows-1252", (text) => {
    const once = misread(text, "windows-1252");
    expect(fixText(once, CORPUS_REPAIR)).toBe(text);
    expect(fixText(misread(once, "windows-1252"), CORPUS_REPAIR)).toBe(text);
  });

  test("fixText() joins surrogates that were written as three bytes each", () => {
    const cesu8 = Uint8Array.of(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80);
    expect(fixText(new TextDecoder("windows-1252").decode(cesu8))).toBe("😀");
  });
});

describe("fixText() leaves alone", () => {
  test.each([
    "NESTLÉ® and AHÅ™, the new sofa",
    "P I R Ê™",
    "La vérité…»",
    "20 °C ± 0.5 µm × 3 ½",
    "Ça coûte 5 € à Besançon — c’est ça",
    "Øresund, Ærø, Ångström, Çelik, Ñandú, São João, MAÇÃ, IRMÃ",
    "├┤a┼┐a┼┐a┼┐",
    "SÃO PAULO e não",
    "Приве́т, как дела? С уважением, Р. Иванов",
    "Ελληνικά ΓΔ",
    "Ôôô VIDA MINHA",
    "α² + β² ≤ √2·π, ∂x/∂y ≈ ∑",
    "ÖVP–FPÖ © 2024",
    "«Élan» “naïve” ‘vis-à-vis’ „Größe“",
    "Tiếng Việt, Türkçe ığüşöç, Română ăâîșț, polski ąćęłńóśźż",
    "a & b && c < d &c.",
  ])("fixText() leaves %j as it is", (text) => {
    expect(fixText(text, CORPUS_REPAIR)).toBe(text);
  });

  test("fixText() leaves printable ASCII without & as it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\n\t -%'-~]{0,100}$/), (text) => {
        expect(fixText(text)).toBe(text);
      }),
    );
  });
});

describe("fixText() repairs", () => {
  test.each([
    ["entities", "&eacute;t&eacute; &amp; &#x2014; &EACUTE; &unknown;", "été & — É &unknown;"],
    ["entities before HTML begins, not after", "a &amp; b\n<p>c &amp; d", "a & b\n<p>c &amp; d"],
    ["mojibake behind entities", "l&rsquo;&Atilde;&copy;t&Atilde;&copy;", "l'été"],
    ["C1 controls", "\u0093quoted\u0094 \u0085", '"quoted" …'],
    ["ligatures", "\ufb01ne \ufb02ow \u0133s", "fine flow ijs"],
    ["character width", "\uff26\uff55\uff4c\uff4c\u3000\uff76\uff9e", "Full カ\u3099".normalize("NFC")],
    ["quotes", "\u2018a\u2019 \u201cb\u201d", "'a' \"b\""],
    ["line breaks", "a\r\nb\rc\u2028d", "a\nb\nc\nd"],
    ["lone surrogates", "a\ud800b", "a\ufffdb"],
    ["terminal escapes", "\u001b[1;31mred\u001b[0m", "red"],
    ["control characters", "\ufeffa\u0000b\u0007c\u200bd", "abc\u200bd"],
    ["composition", "e\u0301", "\u00e9"],
  ])("fixText() repairs %s", (_, damaged, repaired) => {
    expect(fixText(damaged)).toBe(repaired);
  });

  test("fixText() keeps quotes, ligatures, widths, line breaks and forms with CORPUS_REPAIR", () => {
    const text = "\u2018a\u2019 \ufb01 \uff26 e\u0301\r\n";
    expect(fixText(text, CORPUS_REPAIR)).toBe(text);
  });

  test("fixText() never throws and its result is well formed for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(fixText(text).isWellFormed()).toBe(true);
      }),
    );
  });
});
