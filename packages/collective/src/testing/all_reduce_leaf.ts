/** A leaf's vector for all-reduce tests: magnitudes far apart, so that another order of additions gives other bytes. */
export function allReduceLeaf(floats: number, step: number, leaf: number): Float32Array {
  const vector = new Float32Array(floats);
  for (let i = 0; i < floats; i++) vector[i] = ((i * 7 + leaf * 13 + step) % 101) * 10 ** ((leaf + i) % 5) * 1e-3;
  return vector;
}
