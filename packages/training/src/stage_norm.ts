import type { VectorMemory } from "@millrace/collective";
import { type ModelConfig, parameterLayout, type Stage } from "@millrace/transformer";
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
  const blocks = blocksOf(parameterLayout(config));
  // A stage's parameters stand in the order of the whole model's, so its blocks do too.
  const places = stages.map(({ layout }) => {
    const names = new Set(layout.map(({ name }) => name));
    return [...blocks.keys()].filter((index) => names.has(blocks[index]!.name));
  });
  const ownBlocks = blocksOf(own.layout);
  const sums = openSquareSums(vectorMemory);
  const others = stages.filter(({ index }) => index !== own.index);
  return {
    async sumOfSquares(step, gradient) {
      const label = { what: "squares", step, leaf: 0 } as const;
      const mine = sums.ofBlocks(ownBlocks, gradient);
      const all = new Float64Array(blocks.length);
      const put = (stage: number, squares: Float64Array): void =>
        places[stage]!.forEach((place, index) => (all[place] = squares[index]!));
      put(own.index, mine);
      for (const { index } of others) link.send(index, label, new Float32Array(mine.buffer));
      for (const { index } of others) {
        const bytes = await receiveFloats(link, index, label, 2 * places[index]!.length);
        put(index, new Float64Array(bytes.slice().buffer));
      }
      return { squares: sumOfBlocks(all), nonFinite: blocks[all.findIndex((sum) => !Number.isFinite(sum))]?.name };
    },
  };
}
