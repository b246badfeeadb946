import fc from "fast-check";
import { expect, test } from "vitest";
import { pageAfter } from "./paging.ts";

test("pageAfter() goes through all items once, in order, whatever order they are offered in", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 7 }), (ids, limit) => {
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = pageAfter<{ id: string }>(after, limit);
        for (const id of ids) page.offer({ id });
        const taken = page.taken();
        if (taken.length === 0) break;
        seen.push(...taken.map(({ id }) => id));
      }
      expect(seen).toEqual(ids.toSorted((left, right) => (left < right ? -1 : 1)));
    }),
  );
});
