import type { Outgoing } from "./exchange.ts";
import type { ParcelMessage } from "./messages.ts";
import { chunkCountOf } from "./plan.ts";

/** What a parcel is, to those who exchange it. Between two members there is one of a label at a time. */
export interface ParcelLabel {
  readonly what: string;
  readonly step: number;
  readonly leaf: number;
}

/** Vectors that single members of a generation give each other, beside the sums that all have. No I/O here: messages in, messages out. */
export interface Parcels {
  /** Enters a generation: what is under way is void, and who waits for it is told. */
  begin(generation: number): void;
  /** @param values Kept as they are until they have arrived. */
  send(to: string, label: ParcelLabel, values: Float32Array): Outgoing[];
  /** Resolves when the whole has arrived; rejects with `broken()` if another generation begins before. */
  receive(from: string, label: ParcelLabel): Promise<Float32Array>;
  /** Where a piece belongs, or undefined if it is to be dropped. @throws {RangeError} If it breaks the protocol. */
  place(from: string, message: ParcelMessage): Float32Array | undefined;
  /** A piece lies where `place` said. */
  arrived(from: string, message: ParcelMessage): void;
}

/** What makes them. */
export interface ParcelsOptions {
  readonly run: string;
  /** Longest vector taken: a bound on what a broken peer can make this process allocate. */
  readonly maxFloats: number;
  /** Makes what those who wait are told. */
  broken(): Error;
}

/** 256 KiB: several frames, so that nothing else on the link waits long. */
const PIECE_FLOATS = 65_536;
/** Parcels of which pieces have come and that nobody has asked for; a pipeline has far fewer. */
const MAX_WAITING = 4096;

interface Parcel {
  values?: Float32Array;
  /** Pieces that are there. */
  pieces: number;
  /** Whoever asked before it was whole. */
  asked?: PromiseWithResolvers<Float32Array>;
}

function isWhole({ values, pieces }: Parcel): boolean {
  return values !== undefined && pieces === chunkCountOf(values.length, PIECE_FLOATS);
}

function keyOf(from: string, { what, step, leaf }: ParcelLabel): string {
  return JSON.stringify([from, what, step, leaf]);
}

/** Creates them, in no generation. */
export function createParcels({ run, maxFloats, broken }: ParcelsOptions): Parcels {
  let generation = -1;
  const parcels = new Map<string, Parcel>();
  const isCurrent = (message: ParcelMessage): boolean => message.run === run && message.generation === generation;

  return {
    begin(next) {
      generation = next;
      for (const { asked } of parcels.values()) asked?.reject(broken());
      parcels.clear();
    },

    send(to, { what, step, leaf }, values) {
      const stamp = { run, generation, step };
      return Array.from({ length: chunkCountOf(values.length, PIECE_FLOATS) }, (_, chunk) => ({
        to,
        message: { kind: "parcel", ...stamp, what, leaf, chunk, floats: values.length },
        payload: values.subarray(chunk * PIECE_FLOATS, (chunk + 1) * PIECE_FLOATS),
      }));
    },

    receive(from, label) {
      const key = keyOf(from, label);
      const parcel = parcels.get(key) ?? { pieces: 0 };
      if (isWhole(parcel)) {
        parcels.delete(key);
        return Promise.resolve(parcel.values!);
      }
      parcels.set(key, parcel);
      parcel.asked ??= Promise.withResolvers();
      return parcel.asked.promise;
    },

    place(from, message) {
      if (!isCurrent(message)) return undefined;
      const { what, floats, chunk } = message;
      const key = keyOf(from, message);
      const parcel = parcels.get(key) ?? { pieces: 0 };
      if (floats < 1 || floats > maxFloats || parcels.size > MAX_WAITING) {
        throw new RangeError(`member "${from}" sent ${what} of ${floats} numbers, wanted 1 to ${maxFloats}`);
      }
      parcel.values ??= new Float32Array(floats);
      if (parcel.values.length !== floats || chunk !== parcel.pieces || isWhole(parcel)) {
        throw new RangeError(`member "${from}" sent piece ${chunk} of ${what}, wanted piece ${parcel.pieces}`);
      }
      parcels.set(key, parcel);
      return parcel.values.subarray(chunk * PIECE_FLOATS, (chunk + 1) * PIECE_FLOATS);
    },

    arrived(from, message) {
      const key = keyOf(from, message);
      const parcel = parcels.get(key);
      if (!isCurrent(message) || parcel === undefined) return;
      parcel.pieces++;
      if (!isWhole(parcel) || parcel.asked === undefined) return;
      parcels.delete(key);
      parcel.asked.resolve(parcel.values!);
    },
  };
}
