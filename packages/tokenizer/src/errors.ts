/** A vocabulary was asked for that the training text cannot fill. */
export class VocabularyTooLargeError extends Error {
  override readonly name = "VocabularyTooLargeError";
  /** Tokens asked for. */
  readonly requested: number;
  /** Most tokens that this text supports. */
  readonly supported: number;

  constructor(requested: number, supported: number) {
    super(
      `Cannot train a vocabulary of ${requested} tokens: the text supports at most ${supported}. ` +
        `Give more text or ask for ${supported} tokens or fewer.`,
    );
    this.requested = requested;
    this.supported = supported;
  }
}

/** A vocabulary was asked for that has no room for the tokens which every text needs. */
export class VocabularyTooSmallError extends RangeError {
  override readonly name = "VocabularyTooSmallError";

  constructor(requested: number, least: number) {
    super(`vocabularySize: expected an integer of ${least} or more, found ${requested}`);
  }
}

/** Texts have more characters than a vocabulary of characters may have. */
export class TooManyCharactersError extends Error {
  override readonly name = "TooManyCharactersError";

  constructor(found: number, most: number) {
    super(
      `Cannot take the characters of the text for tokens: found a vocabulary of ${found}, wanted at most ${most}. ` +
        "Learn pieces of words, or give less varied text.",
    );
  }
}

/** A tokenizer.json is malformed, or uses a part that this package does not implement. */
export class TokenizerFormatError extends Error {
  override readonly name = "TokenizerFormatError";
  /** Where in the file, such as `model.merges[3]`. */
  readonly path: string;

  constructor(path: string, found: unknown, wanted: string) {
    const shown = JSON.stringify(found) ?? "nothing";
    super(
      `Cannot read tokenizer.json: ${path}: expected ${wanted}, found ${shown.length > 120 ? `${shown.slice(0, 120)}…` : shown}`,
    );
    this.path = path;
  }
}
