import { UsageError } from "../usage_error.ts";
import { readYaml } from "./read_yaml.ts";

const KEY = /^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*$/;

/**
 * Applies `--set a.b=value` to a recipe as written. Values are YAML, so `3` is a number and `[en, de]` a list; list entries are named by
 * their index. Keys are checked later, with the recipe.
 * @param recipe What the file says; not changed.
 * @param settings Texts of the form `key=value`; later ones win.
 * @throws {UsageError} If a setting has no `=`, or its key steps into something that has no keys.
 */
export function applyOverrides(recipe: Record<string, unknown>, settings: readonly string[]): Record<string, unknown> {
  const result = structuredClone(recipe);
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const key = setting.slice(0, Math.max(at, 0));
    if (!KEY.test(key)) throw new UsageError(`--set: expected key=value, e.g. train.nodes=3, found "${setting}"`);
    assign(result, key.split("."), valueOf(setting, setting.slice(at + 1)), setting);
  }
  return result;
}

function valueOf(setting: string, written: string): unknown {
  try {
    return readYaml(written);
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(`--set ${setting}: expected a YAML value after "=": ${problem}`);
  }
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown, setting: string): void {
  const [head = "", ...rest] = path;
  if (Array.isArray(target) && !(/^\d{1,6}$/.test(head) && Number(head) <= target.length)) {
    throw new UsageError(`--set ${setting}: expected an index from 0 to ${target.length}, found "${head}"`);
  }
  if (rest.length === 0) {
    // Not an assignment: a key such as __proto__ must stay a plain key, which the recipe's schema then refuses.
    Object.defineProperty(target, head, { value, writable: true, enumerable: true, configurable: true });
    return;
  }
  const inner = Object.hasOwn(target, head) ? target[head] : {};
  if (typeof inner !== "object" || inner === null) {
    throw new UsageError(`--set ${setting}: expected "${head}" to hold keys, found ${JSON.stringify(inner)}`);
  }
  Object.defineProperty(target, head, { value: inner, writable: true, enumerable: true, configurable: true });
  assign(inner as Record<string, unknown>, rest, value, setting);
}
