import type { StoredDeadLetter } from "@millrace/bus";
import {
  DeadLetterQuery,
  type DeadLetterView,
  RequeueDeadLetters,
  type RequeuedDeadLetters,
  typeOfSubject,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, needs, readJson, readQuery } from "@millrace/service";

const BASE = "/api/automation/dead-letters";
/** A payload may be 256 KiB; a list shows what it is about. */
const SHOWN_CHARACTERS = 4000;
/** Most that one request requeues: it holds them in memory. */
const MOST_REQUEUED = 500;

/** Dead letters of the project over HTTP: look at them, bring them back. */
export function deadLetterRoutes(http: Http): void {
  http.get(BASE, needs("viewer", "read"), async (context) => {
    const { limit, ...query } = readQuery(context, DeadLetterQuery);
    const found = await list(context, query, limit + 1);
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.sequence ?? null) : null;
    return context.json({ deadLetters: page.map(viewOf), next });
  });

  http.post(`${BASE}/requeue`, needs("operator", "train"), async (context) => {
    const wanted = await readJson(context, RequeueDeadLetters);
    return context.json(
      "sequence" in wanted ? await requeueOne(context, wanted.sequence) : await requeueAll(context, wanted.all),
    );
  });
}

/** What may be asked of the project's dead letters. */
interface Filter {
  readonly consumer?: string | undefined;
  readonly type?: string | undefined;
  readonly after?: number;
}

function list(context: HttpContext, { consumer, type, after = 0 }: Filter, limit: number): Promise<StoredDeadLetter[]> {
  const { project } = context.var.identity;
  const alike = { ...(consumer !== undefined && { consumer }), ...(type !== undefined && { type }) };
  return context.var.ports.bus.deadLetters({ project, ...alike, after, limit });
}

async function requeueOne(context: HttpContext, sequence: number): Promise<RequeuedDeadLetters> {
  // The bus knows sequences of all projects; the list is the project's own.
  const [found] = await list(context, { after: sequence - 1 }, 1);
  if (found?.sequence !== sequence || !(await context.var.ports.bus.requeue(sequence))) {
    throw new HttpError(404, "not_found", `requeueing dead letter ${sequence}: there is none in this project`);
  }
  return { requeued: 1, more: false };
}

/** Requeues those that are there when it begins: one that fails again at once is parked anew and left for the next request. */
async function requeueAll(context: HttpContext, alike: Filter): Promise<RequeuedDeadLetters> {
  const found = await list(context, alike, MOST_REQUEUED + 1);
  let requeued = 0;
  for (const { sequence } of found.slice(0, MOST_REQUEUED)) {
    if (await context.var.ports.bus.requeue(sequence)) requeued++;
  }
  return { requeued, more: found.length > MOST_REQUEUED };
}

function viewOf({ payload, ...letter }: StoredDeadLetter): DeadLetterView {
  return {
    ...letter,
    type: typeOfSubject(letter.subject),
    payload: payload.slice(0, SHOWN_CHARACTERS),
    payloadLength: payload.length,
  };
}
