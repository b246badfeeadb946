import { type Http, HttpError, needs } from "@millrace/service";
import { find } from "../find.ts";

const LONGEST = 200;
const MOST = 50;

/** Looking up what the registry remembers. */
export function findRoutes(http: Http): void {
  http.get("/api/registry/find", needs("viewer", "read"), async (context) => {
    const text = context.req.query("text") ?? "";
    const limit = Number(context.req.query("limit") ?? "10");
    if (text === "" || text.length > LONGEST || !Number.isInteger(limit) || limit < 1 || limit > MOST) {
      const wanted = `text of 1 to ${LONGEST} characters and a limit of 1 to ${MOST}`;
      throw new HttpError(400, "invalid_request", `looking something up: expected ${wanted}`);
    }
    const { ports, identity } = context.var;
    return context.json(await find(ports.database.drizzle, identity.project, text, limit));
  });
}
