import type { ServiceName } from "@millrace/contracts";
import { type Access, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";
import type { Scene } from "./scenes.ts";

const NAMES = [
  "automation",
  "ingestion",
  "feature",
  "registry",
  "inference",
  "deployer",
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
          http.all(`/api/${name}/*`, async (context) => {
            const { pathname, search } = new URL(context.req.url);
            const answers = scene(pathname + search);
            if (answers === undefined)
              throw new HttpError(503, "unavailable", `reading rows of ${name}: the database does not answer`);
            const { path, method } = context.req;
            if (method === "POST") {
              onPost(path, await context.req.json());
              return context.json(answers[`POST ${path}`] ?? { runId: path.split("/")[4] ?? "run-2" }, 202);
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
