import type { VectorMemory } from "@millrace/collective";
import { type ModelConfig, type Stage, trainedLayout } from "@millrace/transformer";
import { blocksOf, openSquareSums, sumOfBlocks } from "./gradient_norm.ts";
import { receiveFloats, type StageLink } from "./stage_link.ts";

/** The square of the whole gradient's norm, of which every stage has a part. */
export interface StageNorm {
  /**
   * Gives the other stages this one's squares, takes theirs, and adds all in the order of the whole model.
   * @param gradient The stage's own flat vector.
   * @returns The sum; where it is not finite, also the first parameter of the whole model whose gradient is not.
   */
  sumOfSquares(step: number, gradient: Float32Array): Promise<{ squares: number; nonFinite: string | undefined }>;
}

/**
 * Creates the norm of one stage.
 * @param vectorMemory Where its gradients lie.
 */
export function createStageNorm(
  config: ModelConfig,
  stages: readonly Stage[],
  own: Stage,
  link: StageLink,
  vectorMemory: VectorMemory,
): StageNorm {
  const blocks = blocksOf(trainedLayout(config, own.adapters));
  // What a stage trains stands in the order of the whole model, and its blocks do too.
  const places = stages.map(({ trained }) => {
    const names = new Set(trained.map(({ name }) => name));
    return [...blocks.keys()].filter((index) => names.has(blocks[index]!.name));
  });
  const ownBlocks = blocksOf(own.trained);
  const sums = openSquareSums(vectorMemory);
  const others = stages.filter(({ index }) => index !== own.index);
  // A first stage without blocks has nothing to add beside adapters.
  const adding = others.filter(({ index }) => places[index]!.length > 0);
  return {
    async sumOfSquares(step, gradient) {
      const label = { what: "squares", step, leaf: 0 } as const;
      const mine = sums.ofBlocks(ownBlocks, gradient);
      const all = new Float64Array(blocks.length);
      const put = (stage: number, squares: Float64Array): void =>
        places[stage]!.forEach((place, index) => (all[place] = squares[index]!));
      put(own.index, mine);
      if (mine.length > 0) for (const { index } of others) link.send(index, label, new Float32Array(mine.buffer));
      for (const { index } of adding) {
        const bytes = await receiveFloats(link, index, label, 2 * places[index]!.length);
        put(index, new Float64Array(bytes.slice().buffer));
      }
      return { squares: sumOfBlocks(all), nonFinite: blocks[all.findIndex((sum) => !Number.isFinite(sum))]?.name };
    },
  };
}
