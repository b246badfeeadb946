/** transformers.js in this process, with no server around it: what it takes for tokens alone. */
import { AutoModelForCausalLM, BaseStreamer, env, Tensor } from "@huggingface/transformers";
import type { Completion } from "./asking.ts";

export interface Peer {
  /** Generates after each of the prompts at once; they have to be of one length. */
  generate(prompts: readonly (readonly number[])[], tokens: number): Promise<Completion>;
  close(): Promise<void>;
}

/** Hears of the prompt, then of each token. */
class Moments extends BaseStreamer {
  readonly at: number[] = [];
  override put(): void {
    this.at.push(performance.now());
  }
  override end(): void {}
}

/** Loads the export `bench` in a folder. */
export async function openPeer(folder: string): Promise<Peer> {
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  const model = await AutoModelForCausalLM.from_pretrained("bench", { dtype: "fp32" });
  return {
    async generate(prompts, tokens) {
      const streamer = new Moments();
      const shape = [prompts.length, prompts[0]?.length ?? 0];
      const start = performance.now();
      await model.generate({
        inputs: new Tensor("int64", BigInt64Array.from(prompts.flat(), BigInt), shape),
        attention_mask: new Tensor("int64", new BigInt64Array(prompts.flat().length).fill(1n), shape),
        max_new_tokens: tokens,
        min_new_tokens: tokens,
        do_sample: false,
        streamer,
      } as unknown as Parameters<typeof model.generate>[0]);
      const [, first = Number.NaN, ...others] = streamer.at;
      if (others.length !== tokens - 1)
        throw new Error(`generating with transformers.js: found ${others.length + 1} tokens, wanted ${tokens}`);
      return { firstTokenMs: first - start, perTokenMs: ((others.at(-1) ?? first) - first) / (tokens - 1) };
    },
    close: async () => void (await model.dispose()),
  };
}
