import type { Executor, ResidentTensor } from "@millrace/execution";
import { concat, constant, input, mul, onnxModel, reduceSum, reshape } from "@millrace/tensor";
import { oneNumber } from "./elementwise.ts";

/** Elements of a row; rows are summed side by side, then their sums. */
const ROW = 4096;

/** The sum of squares of a vector on a device, of which one number is read. Summed in float32. */
export interface DeviceNorm {
  sumOfSquares(vector: ResidentTensor): Promise<number>;
  release(): Promise<void>;
}

/**
 * Opens the sum.
 * @param size Elements of the vector.
 */
export async function openDeviceNorm(executor: Executor, size: number): Promise<DeviceNorm> {
  const vector = input("vector", "float32", [size]);
  const rows = Math.ceil(size / ROW);
  const missing = rows * ROW - size;
  const padded = missing === 0 ? vector : concat([vector, constant(new Float32Array(missing), [missing])], 0);
  const square = reshape(padded, [rows, ROW]);
  const sums = reshape(reduceSum(mul(square, square), [1]), [1, rows]);
  const outputs = { squares: reshape(reduceSum(sums, [1]), [1]) };
  const model = onnxModel({ name: "norm", inputs: [vector], outputs, dialect: executor.dialect });
  const session = await executor.createSession(model, { threads: 1 });
  return {
    async sumOfSquares(of) {
      const squares = oneNumber();
      await session.run({ vector: of }, { squares });
      return squares.data[0] ?? NaN;
    },
    release: () => session.release(),
  };
}
