/**
 * How near does the all-reduce come to the wire? Bus bandwidth as nccl-tests define it (size / time * 2(n-1)/n), as a share of
 * what plain sockets carry between two processes of this machine in the same run; latency of 4 KiB beside a raw round trip.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { allReduceBetween } from "../src/testing/all_reduce.ts";

/** One figure. */
export interface Figure {
  readonly name: string;
  readonly configuration: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  /** Value over the peer's; for times less is better. */
  readonly ratio: number;
}

const WARM_UP_STEPS = 5;
const STEPS = 20;
const LARGE_BYTES = 64 * 2 ** 20;
const SMALL_BYTES = 4096;
const RAW = fileURLToPath(new URL("./raw_tcp_main.ts", import.meta.url));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Median milliseconds to send a message to another process over a plain socket and get a byte back. */
async function rawMs(messageBytes: number): Promise<number> {
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
    return median(times.slice(WARM_UP_STEPS));
  } finally {
    child.kill("SIGKILL");
  }
}

async function allReduceMs(processes: number, sizeBytes: number): Promise<number> {
  const task = { leaves: processes, floats: sizeBytes / 4, steps: WARM_UP_STEPS + STEPS, verify: false };
  const outcomes = await allReduceBetween(processes, task);
  return median(outcomes.flatMap(({ stepMs }) => stepMs.slice(WARM_UP_STEPS)));
}

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  const rawBandwidth = LARGE_BYTES / (await rawMs(LARGE_BYTES)) / 1e6;
  const rawLatencyMs = await rawMs(SMALL_BYTES);
  for (const processes of [2, 4]) {
    const largeMs = await allReduceMs(processes, LARGE_BYTES);
    const value = (LARGE_BYTES / largeMs / 1e6) * ((2 * (processes - 1)) / processes);
    yield {
      name: "exchange/bandwidth",
      configuration: { processes, sizeBytes: LARGE_BYTES, over: "TCP loopback" },
      value,
      unit: "GB/s bus",
      peer: `plain TCP sockets between 2 processes, ${rawBandwidth.toFixed(2)} GB/s`,
      ratio: value / rawBandwidth,
    };
    const smallMs = await allReduceMs(processes, SMALL_BYTES);
    yield {
      name: "exchange/latency",
      configuration: { processes, sizeBytes: SMALL_BYTES, over: "TCP loopback" },
      value: smallMs * 1e3,
      unit: "microseconds",
      peer: `round trip of 4 KiB over plain TCP sockets, ${(rawLatencyMs * 1e3).toFixed(0)} microseconds`,
      ratio: smallMs / rawLatencyMs,
    };
  }
}
