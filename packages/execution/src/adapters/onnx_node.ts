/**
 * Runs graphs through the binding of onnxruntime-node, for platforms where the C API cannot be reached (see onnx_c.ts). Its
 * limits in version 1.30: a run blocks the event loop; memory must not be shared between threads; every output is copied
 * once more into fresh memory, about a millisecond a MiB.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Executor, RuntimeFingerprint, Session, TensorInfo, TensorView } from "../executor.ts";
import { checkViews } from "../check_views.ts";
import type { ElementType } from "../element_type.ts";
import { probe } from "../probe.ts";
import { kernelClass, ortLibraryPath, ortVersion, sha256OfFile } from "./ort_library.ts";

/** Opens ONNX Runtime through the Node binding. */
export function onnxNode(): Executor {
  const sessions = new Set<Session>();
  let fingerprint: Promise<RuntimeFingerprint> | undefined;
  let closed = false;

  const executor: Executor = {
    name: "onnx_node",
    capabilities: { offEventLoop: false, sharedMemory: false, zeroCopyOutputs: false },
    async createSession(model, { threads }) {
      if (closed) throw new Error("createSession: the executor is closed");
      const native = await InferenceSession.create(model, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        logSeverityLevel: 4,
        // A waiting thread that spins takes the core another leaf or another program could use.
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
      const session = openSession(native, () => sessions.delete(session));
      sessions.add(session);
      return session;
    },
    fingerprint() {
      fingerprint ??= (async () => ({
        runtime: `onnxruntime ${ortVersion()}`,
        library: await sha256OfFile(ortLibraryPath()),
        kernelClass: kernelClass(),
        probe: await probe(executor),
      }))();
      return fingerprint;
    },
    async close() {
      closed = true;
      await Promise.all([...sessions].map((session) => session.release()));
    },
  };
  return executor;
}

function openSession(native: InferenceSession, onRelease: () => void): Session {
  const inputs = native.inputMetadata.map(describe);
  const outputs = native.outputMetadata.map(describe);
  const types = new Map([...inputs, ...outputs].map(({ name, type }) => [name, type]));
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;

  const tensors = (views: Readonly<Record<string, TensorView>>): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(views).map(([name, view]) => {
        if (view.data.buffer instanceof SharedArrayBuffer) {
          throw new TypeError(`run: "${name}" lies over a SharedArrayBuffer, which onnx_node cannot read or write`);
        }
        return [name, new Tensor(types.get(name) as ElementType, view.data, view.shape)];
      }),
    );

  return {
    inputs,
    outputs,
    async run(feeds, fetches) {
      if (released) throw new Error("run: the session is released");
      checkViews(inputs, outputs, feeds, fetches);
      const run = native.run(tensors(feeds), tensors(fetches));
      running.add(run);
      try {
        await run;
      } finally {
        running.delete(run);
      }
    },
    release() {
      released ??= (async () => {
        await Promise.allSettled(running);
        await native.release();
        onRelease();
      })();
      return released;
    },
  };
}

function describe(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) throw new TypeError(`createSession: "${metadata.name}" of the graph is not a tensor`);
  return {
    name: metadata.name,
    type: metadata.type as ElementType,
    shape: metadata.shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}
