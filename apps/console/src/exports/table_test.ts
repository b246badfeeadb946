import { expect, test } from "vitest";
import { onePage, pagesOf, sendTable } from "./table.ts";

const rows = [{ id: "a" }, { id: "=b" }];
const columns = { id: ({ id }: { id: string }) => id, size: ({ id }: { id: string }) => id.length };

test("sendTable() writes the same columns as CSV and as JSON", async () => {
  const csv = await sendTable({ name: "list of run/1", columns, pages: onePage(rows) }, "csv");
  expect(await csv.text()).toBe("id,size\r\na,1\r\n'=b,2\r\n");
  expect(csv.headers.get("content-disposition")).toBe('attachment; filename="list-of-run-1.csv"');
  const json = await sendTable({ name: "list", columns, pages: onePage(rows) }, "json");
  expect(await json.json()).toEqual([
    { id: "a", size: 1 },
    { id: "=b", size: 2 },
  ]);
});

test("sendTable() writes an empty list as a head, and as an empty array", async () => {
  expect(await (await sendTable({ name: "list", columns, pages: onePage([]) }, "csv")).text()).toBe("id,size\r\n");
  expect(await (await sendTable({ name: "list", columns, pages: onePage([]) }, "json")).json()).toEqual([]);
});

test("pagesOf() goes on after the last row until a page is not full", async () => {
  const all = ["a", "b", "c", "d", "e"].map((id) => ({ id }));
  const asked: (string | undefined)[] = [];
  const pages = pagesOf(
    2,
    async (after) => {
      asked.push(after);
      return all.filter(({ id }) => after === undefined || id > after).slice(0, 2);
    },
    ({ id }) => id,
  );
  const response = await sendTable({ name: "list", columns, pages }, "json");
  expect(((await response.json()) as { id: string }[]).map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
  expect(asked).toEqual([undefined, "b", "d"]);
});

test("sendTable() throws what fails before the first row, and breaks off at what fails later", async () => {
  await expect(sendTable({ name: "list", columns, pages: failingAfter(0) }, "csv")).rejects.toThrow("does not answer");
  const half = await sendTable({ name: "list", columns, pages: failingAfter(2) }, "csv");
  await expect(half.text()).rejects.toThrow("does not answer");
});

function failingAfter(good: number): AsyncIterable<readonly { id: string }[]> {
  return pagesOf(
    1,
    async (after) => {
      if (Number(after ?? 0) === good) throw new Error("the database does not answer");
      return [{ id: String(Number(after ?? 0) + 1) }];
    },
    ({ id }) => id,
  );
}
