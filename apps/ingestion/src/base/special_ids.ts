/** Which tokens stand before and after a text, from the several files that may say so. */
import type { Tokenizer } from "@millrace/tokenizer";
import { z } from "zod";
import { BaseModelError } from "./base_folder.ts";

const Token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const TokenizerConfig = z.looseObject({ bos_token: Token, eos_token: Token });

/** What `config.json` says. */
interface ModelIds {
  readonly bos: number | undefined;
  readonly eos: readonly number[];
}

/**
 * Finds the two tokens. The tokenizer's own configuration knows best; then the model's. Where only one is named it is both.
 * @param tokenizerConfig Parsed `tokenizer_config.json`; undefined where there is none.
 * @throws {BaseModelError} If none is named, or one is that the tokenizer does not have.
 */
export function specialIds(
  tokenizer: Pick<Tokenizer, "specialTokens" | "vocabularySize">,
  tokenizerConfig: unknown,
  model: ModelIds,
): { readonly bos: number; readonly eos: number } {
  const { bos_token: bosToken, eos_token: eosToken } = TokenizerConfig.catch({}).parse(tokenizerConfig ?? {});
  const idOf = (token: z.infer<typeof Token>, key: string): number | undefined => {
    if (token === null || token === undefined) return undefined;
    const content = typeof token === "string" ? token : token.content;
    const id = tokenizer.specialTokens.get(content);
    if (id !== undefined) return id;
    throw new BaseModelError(
      `tokenizer_config.json names ${JSON.stringify(content)} as ${key}, which tokenizer.json does not have`,
    );
  };
  const known = (id: number | undefined, key: string): number | undefined => {
    if (id === undefined || id < tokenizer.vocabularySize) return id;
    throw new BaseModelError(`config.json names ${id} as ${key}, which tokenizer.json does not have`);
  };
  const eos = idOf(eosToken, "eos_token") ?? known(model.eos[0], "eos_token_id");
  const bos = idOf(bosToken, "bos_token") ?? known(model.bos, "bos_token_id");
  const before = bos ?? eos;
  const after = eos ?? bos;
  if (before === undefined || after === undefined) {
    throw new BaseModelError("neither tokenizer_config.json nor config.json names a token that begins or ends a text");
  }
  return { bos: before, eos: after };
}
