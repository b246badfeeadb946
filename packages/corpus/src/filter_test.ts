import { expect, test } from "vitest";
import { filterText } from "./filter.ts";
import { parsePolicy } from "./policies/policy.ts";
import { POLICIES } from "./policies/presets.ts";

const text = "The mill is open all week.\nThis site uses cookies to work well.\nCome and see it.";

test("filterText() gives the text that C4's rules leave when the policy wants it, else the text itself", () => {
  expect(filterText(text, POLICIES.web).text).toBe("The mill is open all week.\nCome and see it.");
  expect(filterText(text, POLICIES.documentation).text).toBe(text);
});

test("filterText() gives the signals that its reasons name", () => {
  const { keep, reasons, signals } = filterText("Too short.", POLICIES.minimal);
  expect(keep).toBe(false);
  expect(reasons).toEqual([{ code: "gopher_short_doc", signal: "written_words", value: 2, wanted: ">= 5" }]);
  expect(signals.gopher_words).toBe(2);
});

test("filterText() asks for the language in the context when the policy names languages", () => {
  const policy = parsePolicy({ name: "german", languages: ["de"], rules: [] });
  expect(filterText(text, policy, { language: { code: "de", confidence: 0.9 } }).keep).toBe(true);
  expect(filterText(text, policy, { language: { code: "en", confidence: 0.9 } }).reasons[0]?.code).toBe(
    "language_not_wanted",
  );
  expect(() => filterText(text, policy)).toThrow(/policy "german".*wanted one of de/);
});
