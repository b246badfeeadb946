import type { ServiceName } from "@millrace/contracts";
import { type Access, defineService, type Http, HttpError, type OpenPorts, type Service } from "@millrace/service";
import type { Scene } from "./scenes.ts";

const NAMES = [
  "automation",
  "ingestion",
  "feature",
  "registry",
  "inference",
  "deployer",
  "monitor",
  "trainer",
] as const satisfies readonly ServiceName[];

/** Services that answer what the scene says, over the HTTP that the real ones speak. @param scene Asked at each request, with its path. @param onPost Told what is posted. */
export function sceneServices(
  scene: (path: string) => Scene,
  onPost: (path: string, body: unknown) => void,
  openPorts: OpenPorts,
  access: Access,
): Service[] {
  return NAMES.map((name) =>
    defineService(
      {
        name,
        routes(http) {
          if (name === "inference") completions(http, ["/v1/completions", "/v1/chat/completions"], scene, onPost);
          if (name === "feature") completions(http, ["/api/feature/ngrams"], scene, onPost);
          http.all(`/api/${name}/*`, async (context) => {
            const { pathname, search } = new URL(context.req.url);
            const answers = scene(pathname + search);
            if (answers === undefined)
              throw new HttpError(503, "unavailable", `reading rows of ${name}: the database does not answer`);
            const { path, method } = context.req;
            if (method === "POST" || method === "PUT" || method === "DELETE") {
              const sent = await context.req.text();
              onPost(method === "DELETE" ? `DELETE ${path}` : path, sent === "" ? undefined : JSON.parse(sent));
              return context.json(answers[`${method} ${path}`] ?? { runId: path.split("/")[4] ?? "run-2" }, 202);
            }
            const answer = answers[pathname + search] ?? answers[path];
            if (answer === undefined) throw new HttpError(404, "not_found", `${path}: there is none`);
            return context.json(answer);
          });
        },
      },
      openPorts,
      access,
    ),
  );
}

/** Answers as the gateway does, and feature for n-grams: a piece a token, then what it took. */
function completions(
  http: Http,
  paths: string[],
  scene: (path: string) => Scene,
  onPost: (path: string, body: unknown) => void,
): void {
  http.on("POST", paths, async (context) => {
    const { path } = context.req;
    const pieces = scene(path)?.["POST /v1/completions"];
    const body: unknown = await context.req.json();
    onPost(path, body);
    if (!Array.isArray(pieces)) {
      return context.json({ error: { message: "reading rows of inference: the database does not answer" } }, 503);
    }
    const { model } = body as { model: string };
    const chunks = pieces.map((text: string, index) => {
      const finish_reason = index + 1 === pieces.length ? "length" : null;
      const piece = path === "/v1/chat/completions" ? { delta: { content: text } } : { text };
      return { model, choices: [{ index: 0, ...piece, finish_reason }], usage: null };
    });
    const usage = { prompt_tokens: 4, completion_tokens: pieces.length, total_tokens: 4 + pieces.length };
    const all = [...chunks, { model, choices: [], usage }].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
    return context.body(`${all.join("")}data: [DONE]\n\n`, 200, { "content-type": "text/event-stream" });
  });
}
