import { hashedPlace } from "./hashed_place.ts";
import { shuffle } from "./shuffle.ts";

/**
 * The order in which rows are trained on: all of them in one order, then all in another. Random draws would leave one in twenty out of
 * three passes. There is no state: a row's place follows from its number.
 */
export function passOrder(seed: number, rows: number): (number: number) => number {
  const known = new Map<number, Uint32Array>();
  const orderOf = (pass: number): Uint32Array => {
    const found = known.get(pass);
    if (found !== undefined) return found;
    const order = Uint32Array.from({ length: rows }, (_, index) => index);
    shuffle(order, (last) => hashedPlace(seed, pass, last, 0, last + 1));
    // Leaves of one step are at most in two passes, unless there are fewer rows than in a step: then each is cheap.
    if (known.size >= 2) known.clear();
    known.set(pass, order);
    return order;
  };
  return (number) => orderOf(Math.floor(number / rows))[number % rows]!;
}
