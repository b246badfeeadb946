import { recipeJsonSchema } from "@millrace/contracts";
import { z } from "zod";

/** A key that a recipe may have, and what it is for. */
export interface RecipeKey {
  /** `train.steps` */
  readonly key: string;
  readonly about: string;
}

const Node = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  type: z.unknown().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), Node).optional();
  },
  get items() {
    return Node.optional();
  },
});
type Node = z.infer<typeof Node>;

/** Every key of a recipe, as its published schema has them. */
export function recipeKeys(): RecipeKey[] {
  return keysOf(Node.parse(recipeJsonSchema()), "");
}

function keysOf(node: Node, prefix: string): RecipeKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = `${prefix}${name}`;
    if (child.properties) return keysOf(child, `${key}.`);
    if (child.items?.properties) return keysOf(child.items, `${key}[].`);
    return [{ key, about: aboutOf(child) }];
  });
}

function aboutOf(node: Node): string {
  const { description = "", default: preset } = node;
  const set = preset === undefined ? "" : `default ${JSON.stringify(preset)}`;
  return [description, rangeOf(node), set].filter((part) => part !== "").join("; ");
}

/** `1 to 64`, `more than 0, less than 1`. */
function rangeOf({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Node): string {
  const whole = type === "integer";
  const least = minimum ?? (whole && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : undefined);
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (least !== undefined && isBounded) return `${least} to ${maximum}`;
  return [
    least === undefined ? (exclusiveMinimum === undefined ? "" : `more than ${exclusiveMinimum}`) : `${least} or more`,
    exclusiveMaximum === undefined ? (isBounded ? `at most ${maximum}` : "") : `less than ${exclusiveMaximum}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}
