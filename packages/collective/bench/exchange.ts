/**
 * How near does the all-reduce come to the wire? Bus bandwidth as nccl-tests define it (size / time * 2(n-1)/n), as a share of
 * what plain sockets carry between two processes of this machine in the same run; latency of 4 KiB beside a raw round trip. Both beside
 * Gloo's over the loopback interface, in turns, where MILLRACE_BENCH_PYTHON names an interpreter that imports PyTorch. Ours once with all sent
 * over sockets, and once as nodes of one machine do it, with large payloads read out of the other process's memory.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { type Figure, rate, typical } from "@millrace/benchmark";
import { openPythonPeer, type PythonPeer } from "@millrace/benchmark/python_peer";
import { allReduceBetween } from "../src/testing/all_reduce.ts";

const WARM_UP_STEPS = 5;
const STEPS = 20;
const ROUNDS = 3;
const LARGE_BYTES = 64 * 2 ** 20;
const SMALL_BYTES = 4096;
const GLOO = fileURLToPath(new URL("./gloo_peer.py", import.meta.url));
/** What carries large payloads, as it is called in figures. */
const WAYS = { sockets: "TCP loopback", memory: "memory of the processes" } as const;
type Way = keyof typeof WAYS;
const RAW = fileURLToPath(new URL("./raw_tcp_main.ts", import.meta.url));

/** Milliseconds of each time it took to send a message to another process over a plain socket and get a byte back. */
async function rawMs(messageBytes: number): Promise<number[]> {
  const child = fork(RAW, [String(messageBytes)], { execArgv: [] });
  try {
    const [port] = (await once(child, "message")) as [number];
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const message = new Uint8Array(messageBytes).fill(1);
    const times: number[] = [];
    for (let i = 0; i < WARM_UP_STEPS + STEPS; i++) {
      const startedMs = performance.now();
      for (let at = 0; at < messageBytes; at += 262_144) socket.write(message.subarray(at, at + 262_144));
      await once(socket, "data");
      times.push(performance.now() - startedMs);
    }
    socket.destroy();
    return times.slice(WARM_UP_STEPS);
  } finally {
    child.kill("SIGKILL");
  }
}

/** Seconds of each step on each process. */
async function allReduceSeconds(processes: number, sizeBytes: number, over: Way): Promise<number[]> {
  const task = { leaves: processes, floats: sizeBytes / 4, steps: WARM_UP_STEPS + STEPS, verify: false, over };
  const outcomes = await allReduceBetween(processes, task);
  return seconds(outcomes.flatMap(({ stepMs }) => stepMs.slice(WARM_UP_STEPS)));
}

/** Seconds of ours and of the peer's, in turns. */
async function compare(
  processes: number,
  sizeBytes: number,
  gloo: PythonPeer | undefined,
): Promise<Record<Way | "peer", number[]>> {
  const [sockets, memory, peer]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    sockets.push(...(await allReduceSeconds(processes, sizeBytes, "sockets")));
    if (gloo !== undefined)
      peer.push(...(await gloo.round({ bytes: sizeBytes, steps: STEPS, warm_up: WARM_UP_STEPS })));
    memory.push(...(await allReduceSeconds(processes, sizeBytes, "memory")));
  }
  return { sockets, memory, peer };
}

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  const rawBandwidth = rate(LARGE_BYTES / 1e9, seconds(await rawMs(LARGE_BYTES))).value;
  const rawLatency = typical(microseconds(seconds(await rawMs(SMALL_BYTES)))).value;
  for (const processes of [2, 4]) {
    const gloo = await openPythonPeer(GLOO, [String(processes)]);
    try {
      const large = await compare(processes, LARGE_BYTES, gloo);
      const small = await compare(processes, SMALL_BYTES, gloo);
      const busGigabytes = (LARGE_BYTES / 1e9) * ((2 * (processes - 1)) / processes);
      for (const way of ["sockets", "memory"] as const) {
        const over = WAYS[way];
        const bandwidth = {
          configuration: { processes, sizeBytes: LARGE_BYTES, over },
          ...rate(busGigabytes, large[way]),
          unit: "GB/s bus",
        };
        const latency = {
          configuration: { processes, sizeBytes: SMALL_BYTES, over },
          ...typical(microseconds(small[way])),
          unit: "microseconds",
        };
        yield {
          name: "exchange/bandwidth",
          ...bandwidth,
          peer: `plain TCP sockets between 2 processes, ${rawBandwidth.toFixed(2)} GB/s`,
          ratio: bandwidth.value / rawBandwidth,
        };
        yield {
          name: "exchange/latency",
          ...latency,
          peer: `round trip of 4 KiB over plain TCP sockets, ${rawLatency.toFixed(0)} microseconds`,
          ratio: latency.value / rawLatency,
        };
        if (gloo === undefined) continue;
        const [theirs, theirLatency] = [rate(busGigabytes, large.peer).value, typical(microseconds(small.peer)).value];
        yield {
          name: "exchange/gloo/bandwidth",
          ...bandwidth,
          peer: `${gloo.name} over TCP loopback, ${theirs.toFixed(2)} GB/s`,
          ratio: bandwidth.value / theirs,
        };
        yield {
          name: "exchange/gloo/latency",
          ...latency,
          peer: `${gloo.name} over TCP loopback, ${theirLatency.toFixed(0)} microseconds`,
          ratio: latency.value / theirLatency,
        };
      }
    } finally {
      await gloo?.close();
    }
  }
}

function seconds(milliseconds: readonly number[]): number[] {
  return milliseconds.map((each) => each / 1e3);
}

function microseconds(inSeconds: readonly number[]): number[] {
  return inSeconds.map((each) => each * 1e6);
}
