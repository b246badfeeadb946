import type { Dialect } from "@millrace/tensor";
import type { ElementType, TensorArray } from "./element_type.ts";

/** Numbers in the caller's memory with the shape a graph gives them, row-major. */
export interface TensorView {
  readonly data: TensorArray;
  readonly shape: readonly number[];
}

/**
 * Numbers that stay where an executor computes, row-major. A run reads and writes them in the place of views; on a device of its own
 * memory nothing is copied then.
 */
export interface ResidentTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Overwrites every element. @throws {TypeError} If the array's class or length does not fit. */
  write(from: TensorArray): Promise<void>;
  /** Copies every element out. @throws {TypeError} If the array's class or length does not fit. */
  read(into: TensorArray): Promise<void>;
  /** Gives the memory back. A second call does nothing. */
  release(): Promise<void>;
}

/** What a run can read or write. */
export type Operand = TensorView | ResidentTensor;

/** What a graph declares about one input or output; a dimension that may vary is -1. */
export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** What identifies the arithmetic of an executor: equal fingerprints promise equal bits for equal graphs and feeds. */
export interface RuntimeFingerprint {
  /** Name and version of the runtime, e.g. `onnxruntime 1.30.0`. */
  readonly runtime: string;
  /** SHA-256 of the runtime's shared library, in hex: the build. */
  readonly library: string;
  /** Processor architecture and widest vector extension in words, e.g. `x64 avx512`. For people; `probe` decides. */
  readonly kernelClass: string;
  /** SHA-256 over the outputs of a fixed graph, in hex: the kernels that were in fact chosen. */
  readonly probe: string;
}

/** What an adapter can do beyond running a graph. */
export interface ExecutorCapabilities {
  /** Runs leave the event loop free, and several may be under way at once. */
  readonly offEventLoop: boolean;
  /** Views may lie over a SharedArrayBuffer. */
  readonly sharedMemory: boolean;
  /** Outputs are written into the given views and nowhere else. */
  readonly zeroCopyOutputs: boolean;
  /** Resident tensors lie in memory of a device, so that views are copied at every run and resident tensors are not. */
  readonly deviceMemory: boolean;
}

/** A run whose operands are chosen. */
export type BoundRun = () => Promise<void>;

/** A graph made ready to run. */
export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the graph once. Several runs of one session may be under way at once.
   * @param feeds One view or resident tensor for every input, by name. Not to be written by others until the promise settles.
   * @param fetches Preallocated views or resident tensors for the outputs that are wanted, by name; they are written in place. A view
   *   may lie over a feed only where every node on the way is element-wise; a resident tensor is either fed or fetched.
   * @throws {TypeError} If a name, element type or length does not fit the graph, or a resident tensor is of another executor.
   * @throws {Error} With the runtime's words, if the run fails.
   */
  run(feeds: Readonly<Record<string, Operand>>, fetches: Readonly<Record<string, Operand>>): Promise<void>;
  /**
   * Checks the operands of a run once and for all, for those that name the same ones again and again.
   * @returns Runs the graph on what the operands hold then, as `run` does; rejects once one of them is released.
   * @throws {TypeError} As `run`.
   */
  bind(feeds: Readonly<Record<string, Operand>>, fetches: Readonly<Record<string, Operand>>): BoundRun;
  /** Gives the session's memory back once runs under way have ended. A second call does nothing. */
  release(): Promise<void>;
}

/** Settings of a session. */
export interface SessionOptions {
  /** Threads that share the work of one operator. Results of matrix products depend on it. */
  readonly threads: number;
  /**
   * Whether the session runs in turns with others of which this is true: where the runtime can, they compute in the same memory, which is
   * kept until the executor is closed, and not each in its own, which is given back with the session. Changes no result. Default false.
   */
  readonly takesTurns?: boolean;
}

/** Runs ONNX graphs. The port behind which runtimes lie. */
export interface Executor {
  /** Name of the adapter, for logs. */
  readonly name: string;
  readonly capabilities: ExecutorCapabilities;
  /** The operators that models for it are to be written in. */
  readonly dialect: Dialect;
  /**
   * Loads a model.
   * @param model Bytes of an ONNX ModelProto; not needed any more once the promise settles.
   * @throws {Error} With the runtime's words, if the model is refused.
   */
  createSession(model: Uint8Array, options: SessionOptions): Promise<Session>;
  /** Makes a resident tensor; what it holds at first is not defined. @throws {Error} With the runtime's words, if there is no room. */
  allocate(type: ElementType, shape: readonly number[]): Promise<ResidentTensor>;
  /** Computes the fingerprint. Costs about a tenth of a second the first time; later calls return the same object. */
  fingerprint(): Promise<RuntimeFingerprint>;
  /** Releases every session, every resident tensor and the runtime. */
  close(): Promise<void>;
}
