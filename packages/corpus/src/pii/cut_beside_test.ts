import { expect, test } from "vitest";
import { cutBeside } from "./cut_beside.ts";
import { scrub } from "./scrub.ts";

const KEY = ["-----BEGIN PRIVATE KEY-----", "Ab3+".repeat(16), "Cd5/".repeat(8), "-----END PRIVATE KEY-----"].join(
  "\n",
);
const WORDS = "The wheel turns as long as there is water in the race, and the miller sleeps. ";

test.each([
  ["an address", "jo@example.org", /jo|@|example/],
  ["a key", KEY, /Ab3|Cd5|PRIVATE/],
  ["a number that a word before it gives away", "Phone: 785 8949", /785|8949/],
  ["a number that a word after it gives away", "536228726 (SSN)", /536|8726/],
  ["a number that the line before gives away", "Phone:\n785 8949", /785|8949/],
  ["a number that the line after gives away", "536228726\n(SSN)", /536|8726/],
  ["two numbers on one line", "Call 785 8949 or 785 8950 now", /785|89/],
])("cutBeside() leaves %s to be masked on one side, wherever the cut is", (_, found, left) => {
  const text = `${WORDS}\n${found}\n${WORDS}`;
  expect(scrub(text).text).not.toMatch(left);
  for (let place = 0; place <= text.length; place += 1) {
    const cut = cutBeside(text, place);
    expect(cut).toBeLessThanOrEqual(place);
    expect(`${scrub(text.slice(0, cut)).text}|${scrub(text.slice(cut)).text}`).not.toMatch(left);
  }
});

test("cutBeside() moves a cut 48 units before what it found, or between two where there is too much, and not without need", () => {
  const list = "jo@example.org\n".repeat(10);
  expect(cutBeside(list, 100)).toBe(90);
  expect(cutBeside(list, 90)).toBe(90);
  expect(cutBeside(WORDS.repeat(3), 100)).toBe(100);
  const after = `${WORDS}jo@example.org`;
  expect(cutBeside(after, after.length - 3)).toBe(WORDS.length - 48);
});
