import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findPersonalData, PII_TYPES, type PiiType } from "./personal_data.ts";

/** Types and texts of what is found. */
function found(text: string): [PiiType, string][] {
  return findPersonalData(text).map(({ type, start, end }) => [type, text.slice(start, end)]);
}

// Put together here, so that no scanner of this repository takes them for real ones.
const SECRET = `wJalrXUtnFEMI/K7MDENG/${"bPxRfiCY"}EXAMPLEKEY`;
const GITHUB = `ghp_${"a1B2".repeat(9)}`;
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "s5_1".repeat(8)].join(".");
const PEM = [
  "-----BEGIN RSA PRIVATE KEY-----",
  "Ab3+".repeat(16),
  "Cd5/".repeat(16),
  "-----END RSA PRIVATE KEY-----",
].join("\n");
/** Encrypted, and without its end. */
const CUT_OFF = [
  "-----BEGIN RSA PRIVATE KEY-----",
  "Proc-Type: 4,ENCRYPTED",
  "DEK-Info: AES-128-CBC,0123456789ABCDEF",
  "",
  "Ab3+".repeat(16),
  "Cd5/".repeat(2),
].join("\n");
const PGP = ["-----BEGIN PGP PRIVATE KEY BLOCK-----", "Comment: of Jo", "", "Ef7+".repeat(16)].join("\n");

const POSITIVE: Readonly<Record<PiiType, readonly [string, string][]>> = {
  EMAIL_ADDRESS: [
    ["write to jo.bloggs+mill@example.co.uk.", "jo.bloggs+mill@example.co.uk"],
    ["[mail](mailto:jo@example.org)", "jo@example.org"],
    ["Jo <jo_b@mail.example.org>, Ann", "jo_b@mail.example.org"],
    ["schreib an jürgen@müller.example!", "jürgen@müller.example"],
  ],
  PHONE_NUMBER: [
    ["Ring +44 20 7946 0958 today", "+44 20 7946 0958"],
    ["+49 (0)30 901820 is the desk", "+49 (0)30 901820"],
    ["desk (030) 901-820", "(030) 901-820"],
    ["555-867-5309x12 works", "555-867-5309x12"],
    ["tel:+15558675309", "+15558675309"],
    ["visit us, 01.23.45.67.89, or not", "01.23.45.67.89"],
    ["Phone: 785 8949", "785 8949"],
    ["call me at 2813882583", "2813882583"],
    ["fax 001-748-088-2851", "001-748-088-2851"],
  ],
  CREDIT_CARD: [
    ["paid with 4111 1111 1111 1111 then", "4111 1111 1111 1111"],
    ["amex card 378282246310005.", "378282246310005"],
    ["it was 5555555555554444", "5555555555554444"],
    ["3782-822463-10005", "3782-822463-10005"],
    ["card 180018309952947", "180018309952947"],
  ],
  IBAN_CODE: [
    ["to GB82 WEST 1234 5698 7654 32 by noon", "GB82 WEST 1234 5698 7654 32"],
    ["iban de89370400440532013000", "de89370400440532013000"],
    ["NO9386011117947, please", "NO9386011117947"],
  ],
  IP_ADDRESS: [
    ["seen from 86.231.85.193:443", "86.231.85.193"],
    ["host 10.1.2.3 fell", "10.1.2.3"],
    ["from 2a02:8108:7:1::beef on", "2a02:8108:7:1::beef"],
    ["at [4f8a:c99e:dc86:faf9:5988:5f63:375e:8a2a]", "4f8a:c99e:dc86:faf9:5988:5f63:375e:8a2a"],
  ],
  US_SSN: [
    ["it is 536-22-8726.", "536-22-8726"],
    ["SSN 536228726", "536228726"],
  ],
  CREDENTIAL: [
    [`key ${"AKIA"}IOSFODNN7EXAMPLE, please`, "AKIAIOSFODNN7EXAMPLE"],
    [`AWS_SECRET_ACCESS_KEY="${SECRET}"`, SECRET],
    [`git clone https://x:${GITHUB}@example.org/a.git`, GITHUB],
    [`Authorization: Bearer ${JWT}`, JWT],
    [`the slack one is ${"xox"}b-2345678901-abcdefghij.`, "xoxb-2345678901-abcdefghij"],
    [`mr_${"0a".repeat(32)} is ours`, `mr_${"0a".repeat(32)}`],
    [`first\n${PEM}\nlast`, PEM],
    [`cut off: ${PEM.slice(0, 150)}`, PEM.slice(0, 150)],
    [`cut off: ${CUT_OFF}`, CUT_OFF],
    [`${PGP}\n\nwhat follows it`, PGP],
    [JSON.stringify(PEM).slice(1, 150), JSON.stringify(PEM).slice(1, 150)],
    [`curl --token-${GITHUB} or`, GITHUB],
  ],
  URL: [
    ["see (https://example.org/a_(b)).", "https://example.org/a_(b)"],
    ["or www.example.org/x?y=1, then", "www.example.org/x?y=1"],
  ],
};

describe.each(PII_TYPES)("findPersonalData() finds %s", (type) => {
  test.each(POSITIVE[type])("in %j", (text, value) => {
    expect(found(text)).toEqual([[type, value]]);
  });
});

const CARD = "4111 1111 1111 1111";
const OTHER_CARD = "5500 0000 0000 0004";
const PHONE = "+49 30 1234567";
test.each([
  [
    `Ada Lovelace,${PHONE},${CARD},10.1.2.3,GB82WEST12345698765432`,
    [PHONE, CARD, "10.1.2.3", "GB82WEST12345698765432"],
  ],
  [
    `1,030 1234567,536-22-8726,4111111111111111,86.231.85.193,2`,
    ["030 1234567", "536-22-8726", "4111111111111111", "86.231.85.193"],
  ],
  [`Card ${CARD} 12/27 123`, [CARD]],
  [`${CARD} ${OTHER_CARD}`, [CARD, OTHER_CARD]],
  [`${PHONE} ${CARD} ${PHONE}`, [PHONE, CARD, PHONE]],
  ["from 10.1.2.3 to 10.1.2.4", ["10.1.2.3", "10.1.2.4"]],
  ["10.1.2.3 fell over\nthe hosts: 10.1.2.4 Ada", ["10.1.2.3", "10.1.2.4"]],
  ["an article by 86.231.85.193", ["86.231.85.193"]],
  // Also a number of Visa's form with its check digit
  ["ring +4915123456787", ["+4915123456787"]],
  ["cards: 3120 4217 3508 2946 1193 2750", ["4217 3508 2946 1193"]],
  [`${CARD} 27, 4111-1111-1111-1111 2027`, [CARD, "4111-1111-1111-1111"]],
])("findPersonalData() finds what stands beside other numbers in %j", (text, values) => {
  expect(found(text).map(([, value]) => value)).toEqual(values);
});

test.each([
  // Versions, dates, times, ranges of years
  "since 1.2.3.4 and v10.20.30.40, released 2024-01-31 12:30:59 or 31.01.2024, in 1999-2004",
  // Hashes, identifiers, books, postal codes
  "commit 5210402405591275abc, id 123e4567-e89b-12d3-a456-426614174000, ISBN 978-3-16-148410-0, MA 02110-1301",
  // Numbers in text and code
  "costs 1 000 000 000 or 1,234,567,890; pi is 3.14159265358; viewBox 0 0 24 24 and M10 20 30 40; tz +0200; 0123456789",
  "Euler's constant is 0,057 721 566, its square 0,333 177 923",
  "<Buffer 01 02 03 04 05> and 00 01 02 03 04 05 06 07",
  // Cards: wrong check digit, unknown issuer, part of something
  "4111 1111 1111 1112, 9111111111111111, 0.4111111111111111, x4111111111111111",
  "8176 1234 5678 9016, 8176123456789016",
  // Rows of years whose last digit is a check digit by chance
  "wars of 1914 1918 1939 1947, games of 1998 2002 2006 2010 and 2019-2020-2021-2020",
  "flows\n3120 4217 3508 2946 1193 2750\n4217 3508 2946 1193 2750\n2750-4217-3508-2946-1193",
  // IBANs: wrong check digits, unknown country, wrong length
  "GB83WEST12345698765432 XX82WEST12345698765432 GB82WEST1234569876543",
  // Hosts that are nobody's, and what only looks like an address
  "0.0.0.0 127.0.0.1 255.255.255.0 10.0.0.0/8 256.1.1.1 ::1 std::vector a::b 12:34:56 aa:bb:cc:dd:ee:ff fe80::1 0:0:0:0:0:0:0:1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  // Parts of documents
  "10.1.2.3 Scope\n## 10.1.2.4. Terms\nsee requirement 10.2.1.3",
  "clause 10.3.2.1 with Figure 10.4.2.1",
  "under § 10.5.2.1",
  // Parts which are never given out
  "000-12-3456 666-12-3456 900-12-3456 536-00-8726 536-22-0000",
  // Mailboxes that are files, packages and repositories
  "logo@2x.png, @scope/name@1.2.3, git@github.com:owner/name.git, user@localhost, a@b",
  "http:// and www. and https://",
  // What speaks of keys and has none, and words that begin as keys do
  "password: string, api_key = process.env.API_KEY, aws_secret_access_key=<yours>, hf_hub, ghp_short, sk-learn-and-other-long-names-of-things, task-sk-1234",
  "-----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----, eyJ0.eyJ1.s",
])("findPersonalData() finds nothing in %j", (text) => {
  expect(found(text)).toEqual([]);
});

test("findPersonalData() keeps the more certain of two which overlap, and looks for the wanted types only", () => {
  const text = "https://example.org/?mail=jo@example.org";
  expect(found(text)).toEqual([["EMAIL_ADDRESS", "jo@example.org"]]);
  expect(findPersonalData(text, ["URL"])).toEqual([{ type: "URL", start: 0, end: text.length, score: 0.6 }]);
});

test("findPersonalData() takes tokens of any length to their end", () => {
  for (const token of [`glpat-${"a1-B".repeat(30)}`, `ghp_${"a1B2".repeat(100)}`, `${JWT}-${"x_9".repeat(500)}`]) {
    expect(found(`It is ${token}.`)).toEqual([["CREDENTIAL", token]]);
  }
});

test("findPersonalData() gives offsets in UTF-16 units of the original", () => {
  const text = "😀😀 jo@example.org";
  expect(findPersonalData(text)[0]).toMatchObject({ start: 5, end: text.length });
});

test("findPersonalData() raises a score when a word says what a number is", () => {
  const bare = findPersonalData("it is 4111111111111111")[0]?.score ?? 0;
  expect(findPersonalData("my card is 4111111111111111")[0]?.score).toBeGreaterThan(bare);
});

test("findPersonalData() gives ordered spans without overlap for any text", () => {
  const part = fc.constantFrom(
    "jo@example.org",
    "4111111111111111",
    "+44 20 7946 0958",
    "536-22-8726",
    "1.2.3.4",
    " ",
    ".",
    "-",
    "(",
    "www.a.de",
    "0",
    "@",
    ":",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      let last = 0;
      for (const { start, end, score } of findPersonalData(text)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(score).toBeLessThanOrEqual(1);
        last = end;
      }
      expect(last).toBeLessThanOrEqual(text.length);
    }),
  );
});

test("findPersonalData() ends soon when a part repeats without end", () => {
  for (const part of [
    "1",
    "1 ",
    "(1",
    "a@",
    "a.",
    "@a.",
    "ab:",
    "::",
    "GB82",
    "www.",
    "https://x(",
    "1.",
    "536-22-",
    "+1 (",
    "é@",
    "-----BEGIN PRIVATE KEY-----\n",
    `${"Ab3+".repeat(16)}\n`,
    "glpat-",
    "-ghp_a",
    "eyJabcdefghijk.",
    "aws_secret_access_key=",
    "sk-ant-a-",
  ]) {
    expect(findPersonalData(part.repeat(20_000)).length).toBeLessThan(20_001);
  }
  const [begin = "", line = ""] = PEM.split("\n");
  for (const part of [`${line}\n`, "Version: 1\n", "a ", "\n"]) {
    expect(findPersonalData(`${begin}\n${part.repeat(100_000)}`)).toHaveLength(1);
  }
});

test.each(["ghp_", "sk_live_", "glpat-", "xoxb-", "sk-ant-a-", `eyJ${"a".repeat(10)}.eyJ${"b".repeat(10)}.`])(
  "findPersonalData() takes a token of %s and megabytes for one",
  (prefix) => {
    const text = prefix + "a".repeat(8 * 2 ** 20);
    expect(findPersonalData(text)).toEqual([{ type: "CREDENTIAL", start: 0, end: text.length, score: 1 }]);
  },
);
