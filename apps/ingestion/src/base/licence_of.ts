import { parse } from "yaml";
import { z } from "zod";

const FRONT_MATTER = /^---\r?\n(?<yaml>[\s\S]*?)\r?\n---(?:\r?\n|$)/;
const Named = z.looseObject({
  license: z.union([z.string(), z.array(z.string())]).optional(),
  license_name: z.string().optional(),
});
const LONGEST = 200;

/**
 * The licence that a model card names in its front matter, as Hugging Face's hub writes it.
 * @param card Text of its README.md.
 * @returns Null where it names none.
 */
export function licenceOf(card: string): string | null {
  const { yaml } = FRONT_MATTER.exec(card)?.groups ?? {};
  if (yaml === undefined) return null;
  let written: unknown;
  try {
    written = parse(yaml, { maxAliasCount: 0 });
  } catch {
    // A card is prose; that its head cannot be read is no reason not to train.
    return null;
  }
  const { data } = Named.safeParse(written);
  // The hub writes `other`, and the licence's own name beside it.
  const names = [data?.license ?? []].flat();
  const licence = names.length === 1 && names[0] === "other" ? (data?.license_name ?? "other") : names.join(", ");
  return licence === "" ? null : licence.slice(0, LONGEST);
}
