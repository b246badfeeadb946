import { expect, test } from "vitest";
import { upstreamSetting } from "./upstream_setting.ts";

test("upstreamSetting() takes the address of a server and nothing else, and repeats no password", () => {
  expect(upstreamSetting({ MILLRACE_UPSTREAM: "http://inference:4100" })).toBe("http://inference:4100");
  expect(upstreamSetting({ MILLRACE_UPSTREAM: "https://mill.example.org/" })).toBe("https://mill.example.org");
  // workerd gives null for a variable that is not set.
  for (const absent of [{}, { MILLRACE_UPSTREAM: null }]) {
    expect(() => upstreamSetting(absent)).toThrow("MILLRACE_UPSTREAM is not set; wanted the address of a gateway");
  }
  for (const other of ["mill", "ftp://mill", "http://mill/v1", "http://mill?a=b", "http://ada:secret@mill", ""]) {
    expect(() => upstreamSetting({ MILLRACE_UPSTREAM: other })).toThrow(/found something else$/);
  }
});
