import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpServer, serveHttp } from "@millrace/service/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, connect } from "../client.ts";
import { exportFolder } from "./export_folder.ts";

const CONTENTS: Readonly<Record<string, string>> = { "config.json": "{}", "onnx/model.onnx": "a graph" };
const FILES = "/api/registry/models/tiny/versions/1/files";

let folder: string;
let server: HttpServer;
let client: Client;
/** What the registry sends for a file. */
let sent: (path: string) => string | Promise<string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-export-"));
  sent = (path) => CONTENTS[path] as string;
  server = await serveHttp(
    async (request) => {
      const path = new URL(request.url).pathname.slice(FILES.length + 1);
      if (path !== "") return new Response(await sent(path));
      const files = Object.entries(CONTENTS).map(([name, content]) => {
        const sha256 = createHash("sha256").update(content).digest("hex");
        return [name, { sha256, sizeBytes: content.length, mediaType: "text/plain" }];
      });
      return Response.json({ version: 1, files: Object.fromEntries(files) });
    },
    { port: 0 },
  );
  client = await connect({ address: server.url, apiKey: "key" });
});
afterEach(async () => {
  await client.close();
  await server.close(0);
  await rm(folder, { recursive: true });
});

const exporting = (): Promise<object> => exportFolder(client, { model: "tiny", version: "1" }, folder);

test("an export takes away what one that was killed has left", async () => {
  await mkdir(join(folder, ".millrace-export-abc"));
  await writeFile(join(folder, ".millrace-export-abc/half"), "half");
  await exporting();
  expect((await readdir(folder)).toSorted()).toEqual(["config.json", "onnx"]);
  expect(await readFile(join(folder, "onnx/model.onnx"), "utf8")).toBe("a graph");
});

test("of two exports into one folder the first is whole, and the second is refused", async () => {
  const [isHalf, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  sent = () => {
    sent = (path) => CONTENTS[path] as string;
    isHalf.resolve();
    return goesOn.promise;
  };
  const late = exporting();
  late.catch(() => {});
  await isHalf.promise;
  await exporting();
  goesOn.resolve(CONTENTS["config.json"] as string);
  await expect(late).rejects.toThrow();
  expect((await readdir(folder)).toSorted()).toEqual(["config.json", "onnx"]);
  expect(await readFile(join(folder, "config.json"), "utf8")).toBe("{}");
});

test.each([
  ["more bytes than announced", "{}\n", "found more than the 2 bytes"],
  ["other bytes", "[]", "found SHA-256"],
])("an export that gets %s leaves nothing", async (_what, content, why) => {
  sent = () => content;
  await expect(exporting()).rejects.toThrow(why);
  expect(await readdir(folder)).toEqual([]);
});
