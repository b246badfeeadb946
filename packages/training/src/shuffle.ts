/**
 * Puts a list into an order without pattern: Fisher and Yates's shuffle.
 * @param list Changed.
 * @param draw Chooses a place from 0 to the one given, so that it alone decides the order.
 */
export function shuffle<Item>(
  list: { [place: number]: Item; readonly length: number },
  draw: (last: number) => number,
): void {
  for (let last = list.length - 1; last > 0; last--) {
    const place = draw(last);
    [list[last], list[place]] = [list[place]!, list[last]!];
  }
}
