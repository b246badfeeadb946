import { expect, test } from "vitest";
import { PII_TYPES } from "./personal_data.ts";
import { scrub } from "./scrub.ts";

const text = "Mail jo@example.org or call +44 20 7946 0958, see https://example.org/page.";

test("scrub() masks personal types by name and keeps links by default", () => {
  const scrubbed = scrub(text);
  expect(scrubbed.text).toBe("Mail <EMAIL_ADDRESS> or call <PHONE_NUMBER>, see https://example.org/page.");
  expect(scrubbed.pii.map(({ type, start, end }) => [type, text.slice(start, end)])).toEqual([
    ["EMAIL_ADDRESS", "jo@example.org"],
    ["PHONE_NUMBER", "+44 20 7946 0958"],
  ]);
});

test("scrub() masks links too when all types are asked for, and has nothing to do a second time", () => {
  const once = scrub(text, PII_TYPES).text;
  expect(once).toBe("Mail <EMAIL_ADDRESS> or call <PHONE_NUMBER>, see <URL>.");
  expect(scrub(once, PII_TYPES)).toEqual({ text: once, pii: [] });
});

test("scrub() gives the text itself when there is nothing to mask", () => {
  expect(scrub("The wheel turns.")).toEqual({ text: "The wheel turns.", pii: [] });
});
