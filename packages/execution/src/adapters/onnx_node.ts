/**
 * Runs graphs through the binding of onnxruntime-node, for platforms where the C API cannot be reached (see onnx_c.ts). Its
 * limits in version 1.30: a run blocks the event loop; memory must not be shared between threads; every output is copied
 * once more into fresh memory, about a millisecond a MiB.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Executor, RuntimeFingerprint, Session, TensorInfo } from "../executor.ts";
import { checkThreads } from "../check_threads.ts";
import { byName, checkOperands, type Declared, type Operands } from "../check_operands.ts";
import type { ElementType } from "../element_type.ts";
import { type HostResidents, hostResidents } from "../host_residents.ts";
import { probe } from "../probe.ts";
import { sessionLifetime } from "./session_lifetime.ts";
import { sessionSet } from "./session_set.ts";
import { kernelClass, ortLibraryPath, ortVersion, sha256OfFile } from "./ort_library.ts";

/** Opens ONNX Runtime through the Node binding. */
export function onnxNode(): Executor {
  const sessions = sessionSet();
  const residents = hostResidents();
  let fingerprint: Promise<RuntimeFingerprint> | undefined;

  const executor: Executor = {
    name: "onnx_node",
    capabilities: { offEventLoop: false, sharedMemory: false, zeroCopyOutputs: false, deviceMemory: false },
    dialect: "onnxruntime",
    allocate: async (type, shape) => residents.allocate(type, shape),
    createSession(model, { threads }) {
      return sessions.add(async (onRelease) => {
        checkThreads(threads);
        const native = await InferenceSession.create(model, {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: "sequential",
          // As in onnx_c.ts.
          enableMemPattern: false,
          logSeverityLevel: 4,
          // A waiting thread that spins takes the core another leaf or another program could use.
          extra: { session: { intra_op: { allow_spinning: "0" } } },
        });
        return openSession(native, residents, onRelease);
      });
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
    close: () => sessions.close(),
  };
  return executor;
}

function openSession(native: InferenceSession, residents: HostResidents, onRelease: () => void): Session {
  const inputs = native.inputMetadata.map(describe);
  const outputs = native.outputMetadata.map(describe);
  const declaredInputs = byName(inputs);
  const declaredOutputs = byName(outputs);
  const lifetime = sessionLifetime(async () => {
    await native.release();
    onRelease();
  });
  const bind: Session["bind"] = (feeds, fetches) => {
    checkOperands(declaredInputs, declaredOutputs, feeds, fetches);
    const execute = async (): Promise<void> => {
      await native.run(tensors(declaredInputs, residents, feeds), tensors(declaredOutputs, residents, fetches));
    };
    return () => lifetime.during(execute);
  };
  return {
    inputs,
    outputs,
    run: async (feeds, fetches) => bind(feeds, fetches)(),
    bind,
    release: () => lifetime.release(),
  };
}

function tensors(declared: Declared, residents: HostResidents, operands: Operands): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(operands).map(([name, operand]) => {
      const view = residents.viewOf(name, operand);
      if (view.data.buffer instanceof SharedArrayBuffer) {
        throw new TypeError(`run: "${name}" lies over a SharedArrayBuffer, which onnx_node cannot read or write`);
      }
      return [name, new Tensor((declared.get(name) as TensorInfo).type, view.data, view.shape)];
    }),
  );
}

function describe(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) throw new TypeError(`createSession: "${metadata.name}" of the graph is not a tensor`);
  return {
    name: metadata.name,
    type: metadata.type as ElementType,
    shape: metadata.shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}
