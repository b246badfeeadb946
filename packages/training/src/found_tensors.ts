/** Which tensors of a model folder are parameters of its model, and whether they are what they must be. */
import { type ModelConfig, type Parameter, parameterLayout } from "@millrace/transformer";
import { FLOAT_TYPES, type FloatType } from "./float_bytes.ts";

/** A tensor and the parameter that it is. */
export interface Found<Tensor> {
  readonly file: string;
  /** As the file calls it. */
  readonly name: string;
  readonly tensor: Tensor;
  readonly parameter: Parameter;
}

export interface Finder<Tensor> {
  /**
   * @returns The parameters in the file, and apart the output matrix that a tied model stores all the same: a copy of its embedding.
   * @throws {TypeError} If a tensor is unknown, or one is there a second time.
   */
  sortOut(
    file: string,
    tensors: ReadonlyMap<string, Tensor>,
  ): { readonly parameters: readonly Found<Tensor>[]; readonly tied: readonly Found<Tensor>[] };
  /** @throws {TypeError} If a parameter was in no file. */
  requireAll(): void;
}

/** How many names an error lists. */
const NAMED = 5;
/** What stands before a tensor's name unless a checkpoint is of the class without an output matrix, as GPT-2's own are. */
const BASE: Readonly<Record<ModelConfig["architecture"], string>> = { gpt2: "transformer", llama: "model" };
const OUTPUT = "lm_head.weight";
export const EMBEDDING = /\.(?:wte|embed_tokens)\.weight$/;

export function createFinder<Tensor>(config: ModelConfig): Finder<Tensor> {
  const layout = new Map(parameterLayout(config).map((parameter) => [parameter.name, parameter]));
  const missing = new Set(layout.keys());
  const embedding = [...layout.values()].find(({ name }) => EMBEDDING.test(name));
  return {
    sortOut(file, tensors) {
      const unknown: string[] = [];
      const [parameters, tied]: [Found<Tensor>[], Found<Tensor>[]] = [[], []];
      for (const [name, tensor] of tensors) {
        const parameter = layout.get(name) ?? layout.get(`${BASE[config.architecture]}.${name}`);
        if (parameter === undefined) {
          if (name === OUTPUT && embedding !== undefined) tied.push({ file, name, tensor, parameter: embedding });
          else if (!isLeftOut(config, name)) unknown.push(name);
        } else if (missing.delete(parameter.name)) {
          parameters.push({ file, name, tensor, parameter });
        } else {
          fail(`${file}: found the tensor "${parameter.name}" a second time`);
        }
      }
      if (unknown.length > 0) fail(`${file}: found unknown tensors ${listed(unknown)}`);
      return { parameters, tied };
    },
    requireAll() {
      if (missing.size > 0) fail(`found no tensor ${listed([...missing])}`);
    },
  };
}

/** Masks and frequencies that earlier versions of transformers stored. */
function isLeftOut({ architecture }: ModelConfig, name: string): boolean {
  return architecture === "gpt2"
    ? /(?:^|\.)h\.\d+\.attn\.(?:masked_)?bias$/.test(name)
    : name.endsWith(".rotary_emb.inv_freq");
}

/** @throws {TypeError} If it is not of floats, or of another shape than its parameter. */
export function requireFloats({
  file,
  name,
  tensor: { dtype, shape },
  parameter: { shape: wanted },
}: Found<{ readonly dtype: string; readonly shape: readonly number[] }>): FloatType {
  const type = FLOAT_TYPES.find((known): known is FloatType => known === dtype);
  if (type === undefined) return fail(`${file}: tensor "${name}" is of ${dtype}, wanted ${FLOAT_TYPES.join(", ")}`);
  if (shape.join() !== wanted.join()) {
    return fail(`${file}: tensor "${name}" has the shape [${shape}], wanted [${wanted}] as config.json says`);
  }
  return type;
}

type Named = Pick<Found<unknown>, "file" | "name">;

/**
 * @param at Which of the tensor's floats the first one is.
 * @throws {TypeError} If one is no number.
 */
export function requireFinite({ file, name }: Named, floats: Float32Array, at: number): void {
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  fail(`${file}: tensor "${name}" has ${floats[bad]} at ${at + bad}, wanted finite float32 numbers`);
}

/** @throws {TypeError} If a copy of the embedding is not the same. */
export function requireSame({ file, name }: Named, copy: Float32Array, embedding: Float32Array): void {
  if (!copy.some((value, index) => value !== embedding[index])) return;
  fail(
    `${file}: found in "${name}" other weights than those of the embedding, wanted the same or an untied model in config.json`,
  );
}

/** Names the file in which something failed. */
export function withCause<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    return failIn(file, cause);
  }
}

export function failIn(file: string, cause: unknown): never {
  return fail(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
}

export function fail(problem: string, cause?: unknown): never {
  throw new TypeError(`reading a model folder: ${problem}`, { cause });
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return (
    names
      .slice(0, NAMED)
      .map((name) => `"${name}"`)
      .join(", ") + more
  );
}
