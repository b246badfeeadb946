import type { ExchangePlan } from "./plan.ts";

/** Where a member gathers the partials of the chunks it owns, one preallocated slot a (part, chunk). */
export interface Inbox {
  /** Memory for a partial that is about to arrive, or undefined if it is there already. */
  slot(chunk: number, part: number, step: number): Float32Array | undefined;
  /** Marks a slot as filled for a step. */
  arrived(chunk: number, part: number, step: number): void;
  /** Puts this member's own partial beside the others, without a copy. */
  own(chunk: number, part: number, step: number, values: Float32Array): void;
  /** One view a part, in the order of the plan, once all are there for `step`. */
  take(chunk: number, step: number): Float32Array[] | undefined;
}

/**
 * Creates an empty inbox for member `me` of a plan.
 * @param take Gives memory for so many floats.
 */
export function createInbox(plan: ExchangePlan, me: number, take: (floats: number) => Float32Array): Inbox {
  const owned = Array.from({ length: plan.chunkCount }, (_, chunk) => chunk).filter(
    (chunk) => plan.ownerOf(chunk) === me,
  );
  const first = owned[0] ?? 0;
  const origin = plan.chunkSpan(first).start;
  const floats = owned.length === 0 ? 0 : plan.chunkSpan(owned.at(-1)!).end - origin;
  const foreign = plan.parts.flatMap(({ member }, part) => (member === me ? [] : [part]));
  const memory = take(foreign.length * floats);
  const placeOf = (part: number, from: number, to: number): Float32Array | undefined => {
    const at = floats * foreign.indexOf(part);
    return at < 0 ? undefined : memory.subarray(at + from, at + to);
  };
  const slots = owned.map((chunk) => {
    const { start, end } = plan.chunkSpan(chunk);
    return plan.parts.map((_, part) => ({ step: -1, values: placeOf(part, start - origin, end - origin) }));
  });

  const slotOf = (chunk: number, part: number): { step: number; values: Float32Array | undefined } => {
    const slot = slots[chunk - first]?.[part];
    if (slot === undefined) throw new RangeError(`no slot for part ${part} of chunk ${chunk}: not owned here`);
    return slot;
  };

  return {
    slot(chunk, part, step) {
      const slot = slotOf(chunk, part);
      return slot.step === step ? undefined : slot.values;
    },
    arrived(chunk, part, step) {
      slotOf(chunk, part).step = step;
    },
    own(chunk, part, step, values) {
      const slot = slotOf(chunk, part);
      slot.step = step;
      slot.values = values;
    },
    take(chunk, step) {
      const values: Float32Array[] = [];
      for (const slot of slots[chunk - first] ?? []) {
        if (slot.step !== step || slot.values === undefined) return undefined;
        values.push(slot.values);
      }
      return values;
    },
  };
}
