import { receiveFloats, type StageLabel } from "./stage_link.ts";
import { openPassage, type StageParts, type StageWork } from "./stage_passage.ts";

/** Opens a stage that has blocks alone: rows come from the stage before, and what they become goes to the next one, which after the last is the first. */
export async function openLaterStage(parts: StageParts): Promise<StageWork> {
  const { stage, link } = parts;
  const passage = await openPassage(parts);
  const { size, rowFloats, rows } = passage;
  const [before, after] = [stage.index - 1, (stage.index + 1) % stage.of];
  const prepared = new Map<number, { readonly received: Float32Array; readonly gradient: Float32Array }>();
  const arriving = (from: number, label: StageLabel, floats: number): Promise<Float32Array> =>
    receiveFloats(link, from, label, floats);
  return {
    async prepareLeaf(step, leaf) {
      const label = { what: "rows", step, leaf } as const;
      const received = await arriving(before, label, rowFloats);
      link.send(after, label, await passage.forward(step, leaf, { received: rows(received) }));
      // Behind the gradient: loss and targets of the leaf.
      const gradient = await arriving(after, { what: "gradient", step, leaf }, rowFloats + 2);
      prepared.set(leaf, { received, gradient });
    },
    async computeLeaf(step, leaf, out) {
      const { received, gradient } = prepared.get(leaf)!;
      prepared.delete(leaf);
      const returned = new Float32Array(rowFloats + 2);
      const fed = { received: rows(received), cotangent: rows(gradient.subarray(0, rowFloats)) };
      const fetches = { returned: rows(returned.subarray(0, rowFloats)) };
      await passage.backward(step, leaf, fed, out, fetches);
      returned.set(gradient.subarray(rowFloats), rowFloats);
      out.set(gradient.subarray(rowFloats), size);
      link.send(before, { what: "gradient", step, leaf }, returned);
    },
    async validateLeaf(leaf) {
      const label = { what: "validation", step: 0, leaf } as const;
      const received = await arriving(before, label, rowFloats);
      link.send(after, label, await passage.validate({ received: rows(received) }));
      return undefined;
    },
    release: () => passage.release(),
  };
}
