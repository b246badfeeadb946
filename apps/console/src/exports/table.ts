/** Lists as files: whatever a page lists, whole, in the columns that it shows. */
import { type Cell, csvLine } from "./csv.ts";

export interface Table<Row> {
  /** Name of the file without its ending. */
  readonly name: string;
  readonly columns: Columns<Row>;
  /** Read one after the other, so that a long list is never held as a whole. */
  readonly pages: AsyncIterable<readonly Row[]>;
}

/** What stands in each column, by its head. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

export const FORMS = ["csv", "json"] as const;
export type Form = (typeof FORMS)[number];

const MEDIA_TYPES: Readonly<Record<Form, string>> = { csv: "text/csv", json: "application/json" };

/**
 * A table as a download. What fails before the first row is thrown; what fails later ends the connection, so that no half of a list passes
 * for a whole.
 */
export async function sendTable<Row>({ name, columns, pages }: Table<Row>, form: Form): Promise<Response> {
  const parts = (form === "csv" ? csvParts(columns, pages) : jsonParts(columns, pages))[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let next = await parts.next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next.done) return controller.close();
      controller.enqueue(encoder.encode(next.value));
      next = await parts.next();
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
  const headers = {
    "content-type": `${MEDIA_TYPES[form]}; charset=utf-8`,
    "content-disposition": `attachment; filename="${name.replaceAll(/[^\w.-]+/g, "-")}.${form}"`,
  };
  return new Response(body, { headers });
}

async function* csvParts<Row>(columns: Columns<Row>, pages: Table<Row>["pages"]): AsyncGenerator<string, undefined> {
  let head = csvLine(Object.keys(columns));
  for await (const rows of pages) {
    yield head + rows.map((row) => csvLine(cellsOf(columns, row))).join("");
    head = "";
  }
  if (head !== "") yield head;
}

async function* jsonParts<Row>(columns: Columns<Row>, pages: Table<Row>["pages"]): AsyncGenerator<string, undefined> {
  const names = Object.keys(columns);
  let before = "[";
  for await (const rows of pages) {
    for (const row of rows) {
      const cells = cellsOf(columns, row);
      yield `${before}\n${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, cells[index]])))}`;
      before = ",";
    }
  }
  yield before === "[" ? "[]\n" : "\n]\n";
}

function cellsOf<Row>(columns: Columns<Row>, row: Row): Cell[] {
  return Object.values(columns).map((cellOf) => cellOf(row) ?? null);
}

/** A list that is known as a whole. */
export async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

/**
 * A list that is read page by page.
 * @param readPage Rows that follow the one with this id, fewer than `size` at the end only.
 * @param idOf What the next page is asked after.
 */
export async function* pagesOf<Row>(
  size: number,
  readPage: (after: string | undefined) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
): AsyncGenerator<readonly Row[]> {
  for (let after: string | undefined; ;) {
    const rows = await readPage(after);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = idOf(last);
  }
}
