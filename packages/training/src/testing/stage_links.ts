import { type StageLabel, type StageLink } from "../mod.ts";

/** Links between the stages of a pipeline that is in one process. */
export function stageLinks(count: number): StageLink[] {
  const boxes = new Map<string, PromiseWithResolvers<Float32Array>>();
  const box = (from: number, to: number, { what, step, leaf }: StageLabel): PromiseWithResolvers<Float32Array> => {
    const key = [from, to, what, step, leaf].join();
    const found = boxes.get(key) ?? Promise.withResolvers<Float32Array>();
    boxes.set(key, found);
    return found;
  };
  return Array.from({ length: count }, (_, self) => ({
    send: (stage, label, values) => box(self, stage, label).resolve(values),
    async receive(stage, label) {
      const values = await box(stage, self, label).promise;
      boxes.delete([stage, self, label.what, label.step, label.leaf].join());
      return values;
    },
  }));
}
