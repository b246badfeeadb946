import { add, input, mul, onnxModel, reduceSum } from "@millrace/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor, TensorView } from "../mod.ts";
import { product } from "./products.ts";

function sumModel(): Uint8Array {
  const a = input("a", "float32", ["n"]);
  const b = input("b", "float32", ["n"]);
  return onnxModel({ name: "sum", inputs: [a, b], outputs: { sum: add(a, b), twice: mul(a, add(b, b)) } });
}

function view(...values: number[]): TensorView {
  return { data: Float32Array.from(values), shape: [values.length] };
}

/**
 * What every executor promises, run against one.
 * @param skip Why it cannot be run here.
 */
export function executorContract(name: string, open: () => Executor | Promise<Executor>, skip?: string): void {
  describe.skipIf(skip !== undefined)(`${name}: the executor contract`, () => {
    let executor: Executor;
    beforeAll(async () => {
      executor = await open();
    });
    afterAll(() => executor.close());

    test("createSession() tells the names, types and shapes of inputs and outputs", async () => {
      const session = await executor.createSession(product(2, 3, 4).model, { threads: 1 });
      expect(session.inputs).toEqual([
        { name: "a", type: "float32", shape: [2, 3] },
        { name: "b", type: "float32", shape: [3, 4] },
      ]);
      expect(session.outputs).toEqual([{ name: "c", type: "float32", shape: [2, 4] }]);
      await session.release();
    });

    test("createSession() tells a dimension that may vary as -1", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      expect(session.inputs.map(({ shape }) => shape)).toEqual([[-1], [-1]]);
      await session.release();
    });

    test("createSession() rejects with the runtime's words when the bytes are no model", async () => {
      await expect(executor.createSession(Uint8Array.of(1, 2, 3), { threads: 1 })).rejects.toThrow(
        "protobuf parsing failed",
      );
    });

    test("createSession() rejects when the number of threads is left to the runtime", async () => {
      await expect(executor.createSession(sumModel(), { threads: 0 })).rejects.toThrow("0 threads, wanted a positive");
    });

    test("sessions that take turns compute what others do, also when one of them is released", async () => {
      const { model } = product(2, 3, 4);
      const open = (takesTurns: boolean) => executor.createSession(model, { threads: 1, takesTurns });
      const sessions = [await open(true), await open(true), await open(false)];
      const feeds = {
        a: { data: new Float32Array(6).fill(2), shape: [2, 3] },
        b: { data: new Float32Array(12).fill(3), shape: [3, 4] },
      };
      for (const session of sessions) {
        const c = { data: new Float32Array(8), shape: [2, 4] };
        await session.run(feeds, { c });
        expect([...c.data]).toEqual(Array(8).fill(18));
        await session.release();
      }
    });

    test("run() writes only the outputs asked for, into the given arrays", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const sum = view(0, 0, 0);
      await session.run({ a: view(1, 2, 3), b: view(10, 20, 30) }, { sum });
      expect([...sum.data]).toEqual([11, 22, 33]);
      await session.release();
    });

    test("run() reads and writes inside a larger array, and nothing beside the view", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const memory = new Float32Array(8).fill(-1);
      memory.set([1, 2], 2);
      await session.run(
        { a: { data: memory.subarray(2, 4), shape: [2] }, b: view(5, 6) },
        { sum: { data: memory.subarray(5, 7), shape: [2] } },
      );
      expect([...memory]).toEqual([-1, -1, 1, 2, -1, 6, 8, -1]);
      await session.release();
    });

    test("run() sees new contents when the same views are fed again", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const [a, b, sum] = [view(1), view(2), view(0)];
      for (const value of [1, 50, 7]) {
        a.data[0] = value;
        await session.run({ a, b }, { sum });
        expect(sum.data[0]).toBe(value + 2);
      }
      await session.release();
    });

    test("run() may write over a feed when the graph is element-wise", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const a = view(1, 2, 3);
      for (let i = 0; i < 3; i++) await session.run({ a, b: view(1, 1, 1) }, { sum: a });
      expect([...a.data]).toEqual([4, 5, 6]);
      await session.release();
    });

    test("run() takes integers of the width the graph declares", async () => {
      const tokens = input("tokens", "int32", [3]);
      const model = onnxModel({ name: "sum", inputs: [tokens], outputs: { sum: reduceSum(tokens, [0]) } });
      const session = await executor.createSession(model, { threads: 1 });
      const data = new Int32Array(session.outputs[0]?.shape.reduce((a, b) => a * b, 1) ?? 0);
      const sum = { data, shape: session.outputs[0]?.shape ?? [] };
      await session.run({ tokens: { data: Int32Array.of(4, 5, -2), shape: [3] } }, { sum });
      expect([...data]).toEqual([7]);
      await session.release();
    });

    test.each([
      ["a feed is missing", { a: view(1, 2) }, {}, 'no feed for input "b"'],
      ["a feed is unknown", { a: view(1), b: view(1), z: view(1) }, {}, 'feed "z" is not of the graph'],
      ["a fetch is unknown", { a: view(1), b: view(1) }, { z: view(1) }, 'fetch "z" is not of the graph'],
      ["an array has another type", { a: { data: new Int32Array(1), shape: [1] }, b: view(1) }, {}, "is a Int32Array"],
      ["a shape has another rank", { a: { data: new Float32Array(1), shape: [1, 1] }, b: view(1) }, {}, "shape [1,1]"],
      ["an array is too short", { a: { data: new Float32Array(1), shape: [9] }, b: view(1) }, {}, "holds 1 elements"],
    ] as [string, Record<string, TensorView>, Record<string, TensorView>, string][])(
      "run() rejects when %s",
      async (_when, feeds, fetches, message) => {
        const session = await executor.createSession(sumModel(), { threads: 1 });
        await expect(session.run(feeds, fetches)).rejects.toThrow(message);
        await session.release();
      },
    );

    test("run() rejects with the runtime's words, and writes nothing, when an output has another size than its view", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const sum = view(8, 8, 8);
      await expect(session.run({ a: view(1, 2), b: view(1, 2) }, { sum })).rejects.toThrow(/shape|size/i);
      expect([...sum.data]).toEqual([8, 8, 8]);
      await session.release();
    });

    test("run() gives the same bits again, also when several runs are under way", async () => {
      const { model, feeds, result } = product(64, 768, 65);
      const session = await executor.createSession(model, { threads: 1 });
      const results = Array.from({ length: 6 }, result);
      await session.run(feeds, { c: results[0]! });
      await Promise.all(results.slice(1).map((c) => session.run(feeds, { c })));
      for (const { data } of results) expect(data).toEqual(results[0]!.data);
      await session.release();
    });

    test("bind() gives a run that reads its operands anew each time, and rejects once one of them is released", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const [a, b, sum] = [view(1), await executor.allocate("float32", [1]), view(0)];
      const run = session.bind({ a, b }, { sum });
      for (const value of [2, 30]) {
        a.data[0] = value;
        await b.write(Float32Array.of(value));
        await run();
        expect(sum.data[0]).toBe(2 * value);
      }
      await b.release();
      await expect(run()).rejects.toThrow("released or of another executor");
      expect(() => session.bind({ a }, { sum })).toThrow('no feed for input "b"');
      const views = session.bind({ a, b: a }, { sum });
      await views();
      await session.release();
      await expect(views()).rejects.toThrow("the session is released");
    });

    test("release() lets runs under way end, refuses later ones and may be called twice", async () => {
      const { model, feeds, result } = product(64, 256, 64);
      const session = await executor.createSession(model, { threads: 1 });
      const c = result();
      const run = session.run(feeds, { c });
      await Promise.all([session.release(), session.release()]);
      await run;
      expect(c.data.some((value) => value !== 0)).toBe(true);
      await expect(session.run(feeds, { c })).rejects.toThrow("released");
    });

    test("allocate() gives a tensor that keeps what is written, and takes arrays that fit it alone", async () => {
      const tensor = await executor.allocate("float32", [2, 2]);
      await tensor.write(Float32Array.of(1, 2, 3, 4));
      const found = new Float32Array(4);
      await tensor.read(found);
      expect([...found]).toEqual([1, 2, 3, 4]);
      await expect(tensor.write(new Float32Array(3))).rejects.toThrow("holds 3 elements, wanted 4 for [2,2]");
      await expect(tensor.read(new Int32Array(4))).rejects.toThrow("is a Int32Array, wanted Float32Array");
      await tensor.release();
      await tensor.release();
      await expect(tensor.read(found)).rejects.toThrow("released or of another executor");
    });

    test("run() reads and writes resident tensors in the place of views, from one run to the next", async () => {
      const session = await executor.createSession(sumModel(), { threads: 1 });
      const [a, b] = await Promise.all([0, 1].map(() => executor.allocate("float32", [3])));
      if (a === undefined || b === undefined) throw new Error("two tensors are wanted");
      await a.write(Float32Array.of(1, 2, 3));
      const one = view(1, 1, 1);
      for (let i = 0; i < 2; i++) {
        await session.run({ a, b: one }, { sum: b });
        await session.run({ a: b, b: one }, { sum: a });
      }
      const [sum, twice] = [view(0, 0, 0), new Float32Array(3)];
      await session.run({ a, b: one }, { sum, twice: b });
      await b.read(twice);
      expect([[...sum.data], [...twice]]).toEqual([
        [6, 7, 8],
        [10, 12, 14],
      ]);
      await session.release();
    });

    test("run() refuses resident tensors that do not fit, are fed and fetched, are released or of another executor", async () => {
      const session = await executor.createSession(product(2, 3, 4).model, { threads: 1 });
      const { feeds, result } = product(2, 3, 4);
      const a = await executor.allocate("float32", [2, 3]);
      await a.write(new Float32Array(6));
      const run = (changed: Parameters<typeof session.run>[0], fetches: Parameters<typeof session.run>[1] = {}) =>
        session.run({ ...feeds, ...changed }, { c: result(), ...fetches });
      await run({ a });
      const [integers, narrow] = [await executor.allocate("int32", [2, 3]), await executor.allocate("float32", [3, 2])];
      await expect(run({ a: integers })).rejects.toThrow('feed "a" is int32, wanted float32');
      await expect(run({ a: narrow })).rejects.toThrow('feed "a" has shape [3,2], wanted [2,3]');
      const square = await executor.createSession(sumModel(), { threads: 1 });
      const both = await executor.allocate("float32", [1]);
      await expect(square.run({ a: both, b: view(1) }, { sum: both })).rejects.toThrow("that is fed as well");
      const other = await open();
      await expect(run({ a: await other.allocate("float32", [2, 3]) })).rejects.toThrow("of another executor");
      await other.close();
      await a.release();
      await expect(run({ a })).rejects.toThrow("released or of another executor");
      await Promise.all([session.release(), square.release()]);
    });

    test("fingerprint() is the same for every executor of this machine's library", async () => {
      const other = await open();
      expect(await other.fingerprint()).toEqual(await executor.fingerprint());
      expect((await executor.fingerprint()).probe).toMatch(/^[0-9a-f]{64}$/);
      await other.close();
    });

    test("close() waits for a session that is being loaded", async () => {
      const other = await open();
      const loading = other.createSession(sumModel(), { threads: 1 });
      await other.close();
      const session = await loading;
      await expect(session.run({ a: view(1), b: view(1) }, {})).rejects.toThrow("released");
    });

    test("close() releases the sessions", async () => {
      const other = await open();
      const session = await other.createSession(sumModel(), { threads: 1 });
      await other.close();
      await expect(session.run({ a: view(1), b: view(1) }, {})).rejects.toThrow("released");
      await expect(other.createSession(sumModel(), { threads: 1 })).rejects.toThrow("closed");
    });
  });
}
