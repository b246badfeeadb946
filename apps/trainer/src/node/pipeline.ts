import { createParcels } from "@millrace/collective";
import type { Outgoing, Parcels } from "@millrace/collective";
import { PipelineBrokenError, type StageLink } from "@millrace/training";

/** Longest vector between stages: the rows of a leaf, or a model's squares. */
const MAX_FLOATS = 2 ** 28;

/** A node's links to the other stages of its pipeline. */
export interface Pipeline {
  readonly link: StageLink;
  /** Pieces from peers go here. */
  readonly parcels: Parcels;
  /** Enters a generation. @param members Of the pipeline, stage by stage. */
  enter(generation: number, members: readonly string[]): void;
  /** Tells all who wait that the generation is over. */
  leave(): void;
  /**
   * Runs work that waits for other stages.
   * @param isOver Whether the generation is, so that its work is void.
   * @returns What it gives, or undefined if the pipeline broke.
   */
  whileWhole<Result>(isOver: () => boolean, work: () => Promise<Result>): Promise<Result | undefined>;
}

function broken(): Error {
  return new PipelineBrokenError("the pipeline of this generation is no longer whole");
}

/** Creates the links of a node that is in no generation yet. */
export function createPipeline(run: string, send: (outgoing: Outgoing) => void): Pipeline {
  const parcels = createParcels({ run, maxFloats: MAX_FLOATS, broken });
  let members: readonly string[] = [];
  const nameOf = (stage: number): string => {
    const name = members[stage];
    if (name === undefined) throw broken();
    return name;
  };
  return {
    parcels,
    link: {
      send: (stage, label, values) => parcels.send(nameOf(stage), label, values).forEach(send),
      receive: async (stage, label) => parcels.receive(nameOf(stage), label),
    },
    enter(generation, next) {
      members = next;
      parcels.begin(generation);
    },
    leave() {
      members = [];
      parcels.begin(-1);
    },
    async whileWhole(isOver, work) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof PipelineBrokenError && isOver()) return undefined;
        throw error;
      }
    },
  };
}
