import { type HttpContext, HttpError } from "@millrace/service";

/**
 * Reads `limit` from the query.
 * @throws {HttpError} 400 if it is no integer from 1 to `most`.
 */
export function limitOf(context: HttpContext, preset: number, most: number): number {
  const written = context.req.query("limit");
  if (written === undefined) return preset;
  const limit = Number(written);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new HttpError(400, "invalid_request", `limit: expected an integer from 1 to ${most}, found "${written}"`);
  }
  return limit;
}

/** The items of one page, picked from items that come in any order. */
export interface Page<Item> {
  offer(item: Item): void;
  /** Ascending by id. */
  taken(): Item[];
}

/**
 * Picks the items whose ids follow `after`, the least ones first. Holds a few pages' worth, however many are offered.
 * @param after Id of the last item of the page before; absent for the first page.
 * @param limit Most items.
 */
export function pageAfter<Item extends { readonly id: string }>(after: string | undefined, limit: number): Page<Item> {
  let items: Item[] = [];
  const least = (): Item[] => items.sort((left, right) => (left.id < right.id ? -1 : 1)).slice(0, limit);
  return {
    offer(item) {
      if (after !== undefined && item.id <= after) return;
      items.push(item);
      if (items.length >= 4 * limit) items = least();
    },
    taken: least,
  };
}
