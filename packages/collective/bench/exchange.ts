/**
 * How near does the all-reduce come to the wire? Bus bandwidth as nccl-tests define it (size / time * 2(n-1)/n), as a share of
 * what plain sockets carry between two processes of this machine in the same run; latency of 4 KiB beside a raw round trip.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { type Figure, rate, typical } from "@millrace/benchmark";
import { allReduceBetween } from "../src/testing/all_reduce.ts";

const WARM_UP_STEPS = 5;
const STEPS = 20;
const LARGE_BYTES = 64 * 2 ** 20;
const SMALL_BYTES = 4096;
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

/** Milliseconds of each step on each process. */
async function allReduceMs(processes: number, sizeBytes: number): Promise<number[]> {
  const task = { leaves: processes, floats: sizeBytes / 4, steps: WARM_UP_STEPS + STEPS, verify: false };
  const outcomes = await allReduceBetween(processes, task);
  return outcomes.flatMap(({ stepMs }) => stepMs.slice(WARM_UP_STEPS));
}

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  const rawBandwidth = rate(LARGE_BYTES / 1e9, seconds(await rawMs(LARGE_BYTES))).value;
  const rawLatency = typical(microseconds(await rawMs(SMALL_BYTES))).value;
  for (const processes of [2, 4]) {
    const busBytes = LARGE_BYTES * ((2 * (processes - 1)) / processes);
    const bandwidth = rate(busBytes / 1e9, seconds(await allReduceMs(processes, LARGE_BYTES)));
    yield {
      name: "exchange/bandwidth",
      configuration: { processes, sizeBytes: LARGE_BYTES, over: "TCP loopback" },
      ...bandwidth,
      unit: "GB/s bus",
      peer: `plain TCP sockets between 2 processes, ${rawBandwidth.toFixed(2)} GB/s`,
      ratio: bandwidth.value / rawBandwidth,
    };
    const latency = typical(microseconds(await allReduceMs(processes, SMALL_BYTES)));
    yield {
      name: "exchange/latency",
      configuration: { processes, sizeBytes: SMALL_BYTES, over: "TCP loopback" },
      ...latency,
      unit: "microseconds",
      peer: `round trip of 4 KiB over plain TCP sockets, ${rawLatency.toFixed(0)} microseconds`,
      ratio: latency.value / rawLatency,
    };
  }
}

function seconds(milliseconds: readonly number[]): number[] {
  return milliseconds.map((each) => each / 1e3);
}

function microseconds(milliseconds: readonly number[]): number[] {
  return milliseconds.map((each) => each * 1e3);
}
