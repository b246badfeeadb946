import type { CloudEvent } from "@millrace/contracts";
import { EVENTS } from "@millrace/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { causalChain } from "./causal_chain.ts";

function event(id: string, cause: string, type: string = EVENTS.corpusCleaned.type): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: "/millrace/ingestion",
    type,
    subject: "run-1",
    time: "2026-03-02T10:00:00Z",
    datacontenttype: "application/json",
    project: "default",
    correlationid: "run-1",
    causationid: cause,
    data: {},
  };
}

function shape(events: readonly CloudEvent[]): string[] {
  return causalChain(events).map(({ event: { id }, depth, folded }) => `${id} ${depth} ${folded}`);
}

describe("causalChain()", () => {
  test("puts effects below their cause, siblings in their order", () => {
    expect(shape([event("a", "a"), event("b", "a"), event("c", "b"), event("d", "a")])).toEqual([
      "a 0 0",
      "b 1 0",
      "c 2 0",
      "d 1 0",
    ]);
  });

  test("makes an event whose cause is not in the log a root", () => {
    expect(shape([event("b", "gone")])).toEqual(["b 0 0"]);
  });

  test("folds events of one type and cause that led to nothing", () => {
    const { type } = EVENTS.stageProgressed;
    expect(shape([event("a", "a"), event("p", "a", type), event("b", "a"), event("q", "a", type)])).toEqual([
      "a 0 0",
      "p 1 1",
      "b 1 0",
    ]);
  });

  test("shows each event once, whatever the causes are", () => {
    const causes = fc.array(fc.nat({ max: 30 }), { maxLength: 30 });
    fc.assert(
      fc.property(causes, (list) => {
        const events = list.map((cause, index) => event(`e${index}`, `e${cause}`));
        const ids = causalChain(events).map(({ event: { id } }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});
