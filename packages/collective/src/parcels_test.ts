import { expect, test } from "vitest";
import type { Outgoing } from "./exchange.ts";
import type { ParcelMessage } from "./messages.ts";
import { createParcels, type Parcels } from "./parcels.ts";

const open = (): Parcels => {
  const parcels = createParcels({ run: "r", maxFloats: 200_000, broken: () => new Error("broken") });
  parcels.begin(1);
  return parcels;
};
const label = { what: "rows", step: 3, leaf: 2 };

function deliver(parcels: Parcels, { message, payload }: Outgoing): void {
  const parcel = message as ParcelMessage;
  parcels.place("a", parcel)?.set(payload!);
  parcels.arrived("a", parcel);
}

test("a parcel of several pieces arrives as it was sent, whether it was asked for before or after", async () => {
  const values = Float32Array.from({ length: 150_001 }, (_, index) => index);
  const sent = open().send("b", label, values);
  expect(sent.map(({ payload }) => payload!.length)).toEqual([65_536, 65_536, 18_929]);
  const [before, after] = [open(), open()];
  const asked = before.receive("a", label);
  for (const each of sent) for (const parcels of [before, after]) deliver(parcels, each);
  expect(await asked).toEqual(values);
  expect(await after.receive("a", label)).toEqual(values);
});

test("a parcel of another run or generation is dropped", () => {
  const [piece] = open().send("b", label, Float32Array.of(1));
  const message = piece!.message as ParcelMessage;
  expect(open().place("a", { ...message, run: "other" })).toBeUndefined();
  expect(open().place("a", { ...message, generation: 2 })).toBeUndefined();
});

test("who waits for a parcel is told when a generation begins, and what had come is forgotten", async () => {
  const parcels = open();
  const first = open().send("b", label, new Float32Array(100_000))[0]!;
  deliver(parcels, first);
  const asked = parcels.receive("a", label);
  parcels.begin(2);
  await expect(asked).rejects.toThrow("broken");
  const again = { ...(first.message as ParcelMessage), generation: 2 };
  expect(parcels.place("a", again)).toHaveLength(65_536);
});

test("a parcel that is too long, changes its length or skips a piece is refused", () => {
  const parcels = open();
  const [first, second] = open().send("b", label, new Float32Array(100_000)) as [Outgoing, Outgoing];
  const piece = first.message as ParcelMessage;
  expect(() => parcels.place("a", { ...piece, floats: 200_001 })).toThrow(
    "sent rows of 200001 numbers, wanted 1 to 200000",
  );
  expect(() => parcels.place("a", second.message as ParcelMessage)).toThrow("sent piece 1 of rows, wanted piece 0");
  deliver(parcels, first);
  expect(() => parcels.place("a", piece)).toThrow("sent piece 0 of rows, wanted piece 1");
  expect(() => parcels.place("a", { ...(second.message as ParcelMessage), floats: 90_000 })).toThrow("sent piece 1");
});
