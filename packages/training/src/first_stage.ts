import type { TensorView } from "@millrace/execution";
import { headGraph, headParameters, sharedTable } from "@millrace/transformer";
import { receiveFloats } from "./stage_link.ts";
import { BACKWARD, feedsOf, FORWARD, openPassage, type StageParts, type StageWork } from "./stage_passage.ts";
import type { Rows } from "./rows.ts";
import { type TokenBatch, tokenBatch } from "./token_stream.ts";
import { lossViews, viewsOf } from "./vector_views.ts";

/** What only the first stage has. */
export interface FirstStageParts extends StageParts {
  readonly data: Rows;
}

/** Opens the stage that has both ends: tokens go into it, and what the last stage gives comes back to it to be scored. */
export async function openFirstStage(parts: FirstStageParts): Promise<StageWork> {
  const { executor, config, training, stage, link, vectors, base, data } = parts;
  const { leafBatch: batch, leafThreads: threads } = training;
  const { contextLength } = config;
  const passage = await openPassage(parts);
  const { gate, size, rowFloats, rows } = passage;
  const head = await executor.createSession(headGraph(config, stage, batch, "gradients").model, { threads });
  const score = await executor.createSession(headGraph(config, stage, batch, "loss").model, { threads });
  const ofHead = headParameters(config, stage);
  const shared = sharedTable(config, stage);
  const trained = feedsOf(ofHead, base, vectors.state.parameters);
  const served = feedsOf(ofHead, base, vectors.served);
  const [next, last] = [1, stage.of - 1];
  const prepared = new Map<number, { readonly batch: TokenBatch; readonly received: Float32Array }>();
  const ids = (data: Int32Array): TensorView => ({ data, shape: [batch, contextLength] });
  const filled = (fill: (into: TokenBatch) => void): TokenBatch => {
    const into = tokenBatch(batch, contextLength);
    fill(into);
    return into;
  };
  return {
    async prepareLeaf(step, leaf) {
      const batch = filled((into) => data.fillTraining(into, { step, leaf }));
      const label = { what: "rows", step, leaf } as const;
      link.send(next, label, await passage.forward(step, leaf, { tokens: ids(batch.tokens) }));
      prepared.set(leaf, { batch, received: await receiveFloats(link, last, label, rowFloats) });
    },
    async computeLeaf(step, leaf, out) {
      const { batch, received } = prepared.get(leaf)!;
      prepared.delete(leaf);
      const label = { what: "gradient", step, leaf } as const;
      const returned = new Float32Array(rowFloats + 2);
      const feeds = { ...trained, received: rows(received), targets: ids(batch.targets) };
      const fetches = {
        ...viewsOf(ofHead.trained, out, "grad."),
        ...lossViews(returned, rowFloats),
        returned: rows(returned.subarray(0, rowFloats)),
      };
      await gate.run(BACKWARD, () => head.run(feeds, fetches));
      out.set(returned.subarray(rowFloats), size);
      link.send(last, label, returned);
      const gradient = await receiveFloats(link, next, label, rowFloats + 2);
      // In place: the head's gradient of a shared table is read where the sum is written, element by element.
      const fed = { tokens: ids(batch.tokens), cotangent: rows(gradient.subarray(0, rowFloats)) };
      await passage.backward(step, leaf, { ...fed, ...viewsOf(shared ? [shared] : [], out, "head.") }, out);
    },
    async validateLeaf(leaf) {
      const chosen = data.windows.slice(leaf * batch, (leaf + 1) * batch);
      if (chosen.length === 0) throw new RangeError(`no validation leaf ${leaf}`);
      const rowsOf = filled((into) => data.fillValidation(into, chosen));
      const label = { what: "validation", step: 0, leaf } as const;
      link.send(next, label, await passage.validate({ tokens: ids(rowsOf.tokens) }));
      const received = await receiveFloats(link, last, label, rowFloats);
      const out = new Float32Array(2);
      const feeds = { ...served, received: rows(received), targets: ids(rowsOf.targets) };
      await gate.run(FORWARD, () => score.run(feeds, lossViews(out, 0)));
      return { lossSum: out[0]!, targetCount: out[1]! };
    },
    async release() {
      await Promise.all([passage.release(), head.release(), score.release()]);
    },
  };
}
