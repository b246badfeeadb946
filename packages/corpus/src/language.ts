/**
 * Which language is a text written in? By byte n-grams (the `eld` package, 60 languages). Its "small" table is used: the
 * "extrasmall" one loads a third faster but misses more short texts. It is imported on first use, since it takes about
 * half a second and 75 MiB.
 */

/** A guess, by ISO 639-1. */
export interface DetectedLanguage {
  /** Two-letter code such as "en", or "und" when the text has too few letters or fits no language. */
  readonly language: string;
  /** In [0, 1]: how far the language stands before the next ones, less for few letters. 0 for "und". */
  readonly confidence: number;
}

/** Detects the language of one text; the same text always gives the same answer. */
export type LanguageDetector = (text: string) => DetectedLanguage;

const UNDETERMINED: DetectedLanguage = { language: "und", confidence: 0 };
const MIN_LETTERS = 2;
/** Scores of near languages lie close together, but the more letters, the less a small gap is chance. */
const GAP_WEIGHT = 20;
/** At this many letters, few enough to be a name in any language, confidence is halved. */
const HALF_CONFIDENCE_LETTERS = 3;

/** Loads the detector's table. */
export async function openLanguageDetector(): Promise<LanguageDetector> {
  const { eld } = await import("eld/small");
  return (text) => {
    const prose = proseSample(text);
    const letters = prose.match(/\p{L}/gu)?.length ?? 0;
    if (letters < MIN_LETTERS) return UNDETERMINED;
    const result = eld.detect(prose);
    const scores = result.getScores();
    const best = scores[result.language];
    if (result.language === "" || best === undefined || best <= 0) return UNDETERMINED;
    const weight = GAP_WEIGHT * Math.sqrt(letters);
    const total = Object.values(scores).reduce((sum, score) => sum + Math.exp(weight * (score - best)), 0);
    return { language: result.language, confidence: (1 / total) * (letters / (letters + HALF_CONFIDENCE_LETTERS)) };
  };
}

/** The detector reads 1,000 characters: a third each from the start, the middle and the end of a longer text. */
const SAMPLE_LENGTH = 330;
const SCANNED_LENGTH = 30_000;

/** Takes out what is in no language: fenced code, code spans, addresses, tags. */
function proseSample(text: string): string {
  const parts =
    text.length <= SCANNED_LENGTH
      ? [text]
      : [0, (text.length - SCANNED_LENGTH / 3) / 2, text.length - SCANNED_LENGTH / 3].map((from) =>
          text.slice(from, from + SCANNED_LENGTH / 3),
        );
  const prose = parts
    .join("\n")
    .replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1/gm, " ")
    .replace(/`[^`\n]{1,200}`|\bhttps?:\/\/\S+|\bwww\.\S+|\S{1,64}@\S+|<[^<>]{1,300}>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (prose.length <= 3 * SAMPLE_LENGTH) return prose;
  const middle = Math.floor((prose.length - SAMPLE_LENGTH) / 2);
  return [prose.slice(0, SAMPLE_LENGTH), prose.slice(middle, middle + SAMPLE_LENGTH), prose.slice(-SAMPLE_LENGTH)].join(
    " ",
  );
}
