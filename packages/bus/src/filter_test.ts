import { STREAMS } from "@millrace/contracts";
import { describe, expect, test } from "vitest";
import { coveringSubject, passes, streamOfTypes } from "./filter.ts";

describe("coveringSubject()", () => {
  test("is the exact subject when there is one type", () => {
    expect(coveringSubject(["millrace.corpus.cleaned.v1"], "*")).toBe("millrace.*.corpus.cleaned.v1");
  });

  test("keeps the common words when there are several types", () => {
    const types = ["millrace.pipeline.stage.failed.v1", "millrace.pipeline.stage.progressed.v1"];
    expect(coveringSubject(types, "one")).toBe("millrace.one.pipeline.stage.>");
  });

  test("covers a type whose words begin those of another", () => {
    const types = ["millrace.corpus.shard.cleaned.v1", "millrace.corpus.cleaned.v1"];
    expect(coveringSubject(types, "*")).toBe("millrace.*.corpus.>");
  });

  test("covers all of a project when the types lie in two domains", () => {
    expect(coveringSubject(["millrace.corpus.cleaned.v1", "millrace.tokenizer.trained.v1"], "*")).toBe("millrace.*.>");
  });
});

describe("passes()", () => {
  const subject = "millrace.one.corpus.cleaned.v1";

  test("compares the type whatever the project when no project is given", () => {
    expect(passes(subject, ["millrace.corpus.cleaned.v1"], undefined)).toBe(true);
    expect(passes(subject, ["millrace.corpus.cleaned.v2"], undefined)).toBe(false);
  });

  test("refuses another project when one is given", () => {
    expect(passes(subject, undefined, "one")).toBe(true);
    expect(passes(subject, undefined, "two")).toBe(false);
  });
});

describe("streamOfTypes()", () => {
  test("finds the stream when all types lie in it", () => {
    const stream = streamOfTypes(["millrace.corpus.cleaned.v1", "millrace.tokenizer.trained.v1"]);
    expect(STREAMS).toContain(stream);
  });

  test("throws when the types lie in two streams, or there are none", () => {
    expect(() => streamOfTypes(["millrace.corpus.cleaned.v1", "millrace.model.register.v1"])).toThrow(
      /types of one stream/,
    );
    expect(() => streamOfTypes([])).toThrow(/at least one/);
  });
});
