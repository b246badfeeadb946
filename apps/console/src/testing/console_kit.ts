/** A console among scene services, over real HTTP, with a session: for tests and for looking at it. */
import { EVENTS } from "@millrace/contracts";
import { testHost } from "@millrace/service/testing";
import { serveHttp } from "@millrace/service/node";
import { readAssets } from "../runtime/read_assets.ts";
import { createConsole } from "../service.ts";
import { START_MS } from "./scene_data.ts";
import { type SceneName, sceneOf } from "./scenes.ts";
import { sceneServices } from "./scene_services.ts";

export interface ConsoleKit {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Session cookie, `name=value`. */
  readonly cookie: string;
  show(scene: SceneName): void;
  /** What the console has posted to the other services, in order. */
  posted(path: string): unknown[];
  /** Hears of each request to another service, path with query. @returns Ends it. */
  onAsked(hear: (path: string) => void): () => void;
  get(path: string): Promise<Response>;
  /** A page as it is read. */
  words(path: string): Promise<string>;
  /** Presses a button of a page. */
  press(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** The bytes of an answer as they were sent, compressed or not. */
  raw(path: string, headers: Record<string, string>): Promise<Uint8Array>;
  /** Publishes a report of progress of a run, a new one each time. @param correlationid Where its chain of causes began; default the run. */
  progress(runId: string, correlationid?: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Text of an answer as it is read, without its tags. */
export async function wordsOf(response: Response): Promise<string> {
  return (await response.text()).replaceAll(/<[^>]+>|\s+/g, " ").replaceAll(/ +/g, " ");
}

export async function openConsoleKit(): Promise<ConsoleKit> {
  let scene: SceneName = "serving";
  let hear: ((path: string) => void) | undefined;
  const posted: { readonly path: string; readonly body: unknown }[] = [];
  const host = await testHost({
    services: (openPorts, access) => [
      createConsole(openPorts, access, {
        assets: readAssets(),
        mode: "embedded",
        sessionSecret: "of the kit",
        publicAddress: () => "http://127.0.0.1",
        now: Date.now,
      }),
      ...sceneServices(
        (path) => {
          hear?.(path);
          return sceneOf(scene);
        },
        (path, body) => posted.push({ path, body }),
        openPorts,
        access,
      ),
    ],
    now: () => START_MS + 330_000,
  });
  const console = host.services.find(({ name }) => name === "console");
  if (console === undefined) throw new Error("opening the kit: found no console");
  const server = await serveHttp(console.fetch, { port: 0 });
  const { path } = (await (await host.request("console", "/api/console/login-links", { method: "POST" })).json()) as {
    path: string;
  };
  const cookie = (await fetch(server.url + path)).headers.get("set-cookie")?.split(";")[0] ?? "";
  const get = (target: string): Promise<Response> =>
    fetch(server.url + target, { headers: { cookie }, redirect: "manual" });
  return {
    url: server.url,
    cookie,
    show: (next) => {
      scene = next;
    },
    posted: (path) => posted.filter((one) => one.path === path).map(({ body }) => body),
    onAsked(next) {
      hear = next;
      return () => {
        hear = undefined;
      };
    },
    get,
    words: async (target) => wordsOf(await get(target)),
    press(target, form = {}, headers = {}) {
      const sent = { cookie, origin: server.url, ...headers };
      return fetch(server.url + target, {
        method: "POST",
        body: new URLSearchParams(form),
        headers: sent,
        redirect: "manual",
      });
    },
    async raw(target, headers) {
      const response = await console.fetch(new Request(server.url + target, { headers }));
      return new Uint8Array(await response.arrayBuffer());
    },
    progress: (runId, correlationid = runId) =>
      host.publish(
        crypto.randomUUID(),
        EVENTS.stageProgressed,
        { ...EVENTS.stageProgressed.example, runId },
        { correlationid },
      ),
    async close() {
      await server.close(0);
      await host.close();
    },
  };
}
