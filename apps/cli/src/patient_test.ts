import { expect, test, vi } from "vitest";
import { patient, reconnecting } from "./patient.ts";

const url = new URL("http://mill.example.org/api/automation/runs");

/** Answers with these, one after another: a status, or nobody there. */
function answering(...answers: readonly (number | "nobody")[]): () => Promise<Response> {
  const left = [...answers];
  return async () => {
    const answer = left.shift();
    if (answer === "nobody") throw new TypeError("fetch failed");
    return new Response(null, { status: answer ?? 200 });
  };
}

test("patient() repeats what only reads while nobody answers, and says so once", async () => {
  const told: string[] = [];
  vi.useFakeTimers();
  try {
    const asked = patient(answering("nobody", 502, 500, 200), (message) => told.push(message))(url, {});
    await vi.runAllTimersAsync();
    expect((await asked).status).toBe(200);
    expect(told).toEqual([`${url.origin} does not answer ${url.pathname} now; trying again for a minute`]);
  } finally {
    vi.useRealTimers();
  }
});

test("patient() gives up after a minute", async () => {
  vi.useFakeTimers();
  try {
    const asked = patient(
      async () => new Response(null, { status: 502 }),
      () => {},
    )(url, {});
    await vi.advanceTimersByTimeAsync(61_000);
    expect((await asked).status).toBe(502);
  } finally {
    vi.useRealTimers();
  }
});

const never = (): never => expect.fail("told to wait");

test("patient() repeats nothing that changes something, and no refusal", async () => {
  await expect(patient(answering("nobody"), never)(url, { method: "POST" })).rejects.toThrow("does not answer");
  expect((await patient(answering(404), never)(url, {})).status).toBe(404);
});

function broken(code: string): () => Promise<never> {
  return () => Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error("read"), { code }) }));
}

test("reconnecting() repeats what only reads when its connection broke, and says why in the end", async () => {
  vi.useFakeTimers();
  try {
    const asked = reconnecting(answering("nobody", "nobody", 500))(url, {});
    const lost = expect(reconnecting(broken("ECONNRESET"))(url, {})).rejects.toThrow(
      new Error(`asking ${url.origin}: it does not answer (ECONNRESET)`),
    );
    const gone = expect(reconnecting(broken("ECONNREFUSED"))(url, {})).rejects.toThrow(
      /has ended.* run --resume goes on/,
    );
    await vi.runAllTimersAsync();
    expect((await asked).status).toBe(500);
    await Promise.all([lost, gone]);
  } finally {
    vi.useRealTimers();
  }
  await expect(reconnecting(answering("nobody", 200))(url, { method: "POST" })).rejects.toThrow("does not answer");
});
