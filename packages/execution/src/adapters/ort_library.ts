import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const FILE_NAMES: Readonly<Record<string, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
};

/**
 * Finds the ONNX Runtime library that the npm package onnxruntime-node brings, without loading that package's binding.
 * @throws {Error} If the package has no library for this platform.
 */
export function ortLibraryPath(): string {
  const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const folder = join(dirname(manifest), "bin", "napi-v6", process.platform, process.arch);
  const path = join(folder, FILE_NAMES[process.platform] ?? "onnxruntime.dll");
  if (!existsSync(path)) {
    throw new Error(`onnxruntime-node brings no library for ${process.platform} ${process.arch}: wanted ${path}`);
  }
  return path;
}

/** SHA-256 of a file in hex, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/**
 * Names the processor's architecture and widest vector extension that ONNX Runtime's kernels distinguish, for people.
 * Where the system does not tell (macOS on x64), only the architecture is named.
 */
export function kernelClass(): string {
  if (process.arch === "arm64") return "arm64 neon";
  if (process.platform !== "linux") return process.arch;
  const flags = readFileSync("/proc/cpuinfo", "utf8");
  const widest = ["avx512f", "avx2", "avx"].find((flag) => flags.includes(` ${flag} `));
  return `${process.arch} ${widest ?? "sse"}`;
}

/** Version of onnxruntime-node, which is the version of the library it brings. */
export function ortVersion(): string {
  const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
