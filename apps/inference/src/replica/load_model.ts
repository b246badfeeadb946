import { renderedEncoder } from "@millrace/chat";
import { ServingPackage } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import { createGenerator, type DecoderGraphs, type Generator } from "@millrace/generation";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";
import { readModel } from "@millrace/training";

/** A model that can answer. */
export interface LoadedModel {
  readonly generator: Generator;
  readonly tokenizer: Tokenizer;
  /** Token that every prompt begins with; undefined where the model knows none. */
  readonly begin: number | undefined;
  /** Encodes a conversation that was rendered from shielded messages. */
  readonly encodeRendered: (text: string) => Int32Array;
  /** Token that ends an answer in a conversation, beside the one that ends every text. */
  readonly endOfTurn: number | undefined;
}

/**
 * Loads what a serving package names.
 * @param fetchBlob Reads an artifact by its address, verified.
 * @throws {TypeError} If a part is malformed. @throws {RangeError} If the parts do not fit each other.
 */
export async function loadModel(
  executor: Executor,
  packageAddress: string,
  fetchBlob: (sha256: string) => Promise<Uint8Array>,
): Promise<LoadedModel> {
  const text = async (sha256: string): Promise<string> => new TextDecoder().decode(await fetchBlob(sha256));
  const parts = ServingPackage.parse(JSON.parse(await text(packageAddress)));
  const { config, slots, endOfText, endOfDocument, weights } = parts;
  const tokenizer = loadTokenizer(await text(parts.tokenizer.sha256));
  const graphs = await graphsOf(parts, fetchBlob);
  // Graphs of 8 bits hold the parameters themselves: the checkpoint need not travel.
  const parameters =
    weights === "int8" ? {} : { parameters: readModel(config, await fetchBlob(parts.checkpoint.sha256)) };
  const special = { endOfText: endOfDocument ?? endOfText, beginOfText: endOfText };
  return {
    tokenizer,
    encodeRendered: renderedEncoder(tokenizer),
    endOfTurn: parts.chatTemplate?.endOfTurn,
    begin: endOfDocument === undefined ? undefined : endOfText,
    generator: await createGenerator({ executor, config, ...parameters, tokenizer, ...special, slots, graphs }),
  };
}

async function graphsOf(
  { graphs }: ServingPackage,
  fetchBlob: (sha256: string) => Promise<Uint8Array>,
): Promise<DecoderGraphs> {
  const stepping = graphs.find(({ newTokens }) => newTokens === 1);
  const reading = graphs.find(({ newTokens }) => newTokens > 1);
  if (stepping === undefined || reading === undefined) {
    const found = graphs.map(({ newTokens }) => newTokens).join(", ");
    throw new RangeError(`serving package: found graphs for ${found} new tokens, wanted one for 1 and one for more`);
  }
  return {
    stepping: await fetchBlob(stepping.graph.sha256),
    reading: await fetchBlob(reading.graph.sha256),
    readTokens: reading.newTokens,
  };
}
