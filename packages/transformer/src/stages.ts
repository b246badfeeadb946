/**
 * A model cut into stages, each for a node of its own, so that none has to hold the whole.
 *
 * The first stage has both ends, the embedding and the head, and the others have blocks alone. A micro-batch goes through all stages and back
 * to the first, which then knows the loss; its gradient goes the other way round. In this way a table that is embedding and output
 * matrix at once lies in one place, and only one stage needs tokens.
 */
import { type AdapterConfig, adapterLayout } from "./adapters.ts";
import type { ModelConfig } from "./config.ts";
import { NAMES } from "./names.ts";
import { layoutOf, type Parameter, parameterLayout } from "./parameter_layout.ts";

/** One of the stages of a model. */
export interface Stage {
  /** 0-based. */
  readonly index: number;
  /** How many stages there are. */
  readonly of: number;
  /** Blocks start <= layer < end; the first stage may have none. */
  readonly blocks: { readonly start: number; readonly end: number };
  /** The stage's parameters, in a flat vector of their own. */
  readonly layout: readonly Parameter[];
  /** Adapters that are trained in place of the parameters of the whole model. */
  readonly adapters: AdapterConfig | undefined;
  /** What training changes of the stage, in a flat vector of its own: the parameters, or the adapters of its blocks, which may be none. */
  readonly trained: readonly Parameter[];
}

/** Parameters that a graph reads. */
export interface ReadParameters {
  /** Those that stay as they are, all of `layout`. */
  readonly fixed: readonly Parameter[];
  /** Those of `trained`. */
  readonly trained: readonly Parameter[];
}

/**
 * Cuts a model into stages whose greatest one has as few parameters as can be.
 * @param count How many, from 1 to the number of layers.
 * @param adapters Those that are trained in place of the parameters.
 * @throws {RangeError} If there are more stages than layers, or none.
 */
export function modelStages(config: ModelConfig, count: number, adapters?: AdapterConfig): readonly Stage[] {
  const { layers } = config;
  if (!Number.isSafeInteger(count) || count < 1 || count > layers) {
    throw new RangeError(`cutting a model of ${layers} layers: found ${count} stages, wanted 1 to ${layers}`);
  }
  const sizeOf = (ofBlock: boolean): number =>
    parameterLayout(config)
      .filter(({ name }) => (layerOf(config, name) !== undefined) === ofBlock)
      .reduce((sum, { size }) => sum + size, 0);
  const [ends, block] = [sizeOf(false), sizeOf(true) / layers];
  const greatest = (own: number): number =>
    Math.max(ends + own * block, count === 1 ? 0 : Math.ceil((layers - own) / (count - 1)) * block);
  const choices = count === 1 ? [layers] : Array.from({ length: layers - count + 2 }, (_, own) => own);
  const own = choices.reduce((best, choice) => (greatest(choice) < greatest(best) ? choice : best));
  return Array.from({ length: count }, (_, index) => {
    const blocks = { start: startOf(index, own, layers, count), end: startOf(index + 1, own, layers, count) };
    const layout = stageLayout(config, index, blocks);
    const trained = adapters === undefined ? layout : adapterLayout(config, adapters, blocks);
    return { index, of: count, blocks, layout, adapters, trained };
  });
}

/** The first stage has `own` blocks, the others share the rest evenly. */
function startOf(index: number, own: number, layers: number, count: number): number {
  return index === 0 ? 0 : own + Math.floor(((index - 1) * (layers - own)) / Math.max(1, count - 1));
}

function stageLayout(config: ModelConfig, index: number, blocks: Stage["blocks"]): readonly Parameter[] {
  const own = parameterLayout(config).filter(({ name }) => {
    const layer = layerOf(config, name);
    return layer === undefined ? index === 0 : isIn(layer, blocks);
  });
  const frozen = new Set(own.filter((parameter) => parameter.frozen).map(({ name }) => name));
  return layoutOf(Object.fromEntries(own.map(({ name, shape }) => [name, shape])), (name) => frozen.has(name));
}

/** The parameters of a stage's blocks, or those at the model's ends. */
export function blockParameters(config: ModelConfig, { layout }: Stage): readonly Parameter[] {
  return layout.filter(({ name }) => layerOf(config, name) !== undefined);
}

/** The block that a parameter belongs to; undefined for the embedding and the head. */
function layerOf({ architecture, layers }: ModelConfig, name: string): number | undefined {
  const { block } = NAMES[architecture];
  const found = Array.from({ length: layers }, (_, layer) => layer).find((layer) =>
    name.startsWith(`${block(layer)}.`),
  );
  return found;
}

function isIn(layer: number, { start, end }: Stage["blocks"]): boolean {
  return layer >= start && layer < end;
}
