import type { AdapterConfig } from "./adapters.ts";
import { adapterCount } from "./adapters.ts";
import { type ModelConfig, resolveModel } from "./config.ts";
import { NAMES } from "./names.ts";
import { parameterLayout } from "./parameter_layout.ts";

/**
 * Multiplications and additions that training costs a token, forward and backward: six for each weight that is multiplied, and
 * attention's scores and mixtures over the full context. Looking up an embedding costs none. Of a frozen model with adapters, whose
 * weights have no gradients: four for each of its weights, six for each of the adapters'.
 * @see Chowdhery et al. 2022, "PaLM", appendix B.
 */
export function operationsPerToken(config: ModelConfig, adapters?: AdapterConfig): number {
  const { architecture, tied, layers, width, contextLength } = resolveModel(config);
  const lookedUp = tied ? [] : [NAMES[architecture].embedding];
  if (architecture === "gpt2") lookedUp.push("transformer.wpe.weight");
  const weights = parameterLayout(config)
    .filter(({ name, shape }) => shape.length > 1 && !lookedUp.includes(name))
    .reduce((sum, { size }) => sum + size, 0);
  const attention = 12 * layers * width * contextLength;
  return attention + (adapters === undefined ? 6 * weights : 4 * weights + 6 * adapterCount(config, adapters));
}
