import type { Artifacts } from "@millrace/artifacts";
import { ServingPackage } from "@millrace/contracts";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";

/** What is to be known of a packaged model to ask it for what its context has room for. */
export interface PackagedModel {
  /** Tokens of prompt and answer together. */
  readonly contextLength: number;
  readonly tokenizer: Tokenizer;
}

/** @param sha256 Address of a ServingPackage. @throws If a part is missing or malformed. */
export async function readPackagedModel(artifacts: Artifacts, sha256: string): Promise<PackagedModel> {
  const read = async (address: string): Promise<string> => new TextDecoder().decode(await artifacts.bytes(address));
  const { config, tokenizer } = ServingPackage.parse(JSON.parse(await read(sha256)));
  return { contextLength: config.contextLength, tokenizer: loadTokenizer(await read(tokenizer.sha256)) };
}
