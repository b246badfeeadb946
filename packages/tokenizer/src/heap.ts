/** A binary heap whose order is the caller's. */
export interface Heap<T> {
  /** Adds an item; O(log n). */
  push(item: T): void;
  /** Takes the first item, undefined when empty; O(log n). */
  pop(): T | undefined;
  /** Removes all items. */
  clear(): void;
}

/**
 * Makes an empty heap.
 * @param before True if `a` comes out before `b`; a strict total order makes the output order unique.
 */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const at = (index: number): T => items[index] as T;
  return {
    push(item) {
      let hole = items.length;
      items.push(item);
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        if (!before(item, at(parent))) break;
        items[hole] = at(parent);
        hole = parent;
      }
      items[hole] = item;
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (last === undefined || items.length === 0) return first;
      let hole = 0;
      for (;;) {
        let child = 2 * hole + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && before(at(child + 1), at(child))) child++;
        if (!before(at(child), last)) break;
        items[hole] = at(child);
        hole = child;
      }
      items[hole] = last;
      return first;
    },
    clear() {
      items.length = 0;
    },
  };
}
