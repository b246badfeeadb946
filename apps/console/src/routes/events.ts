/** `/events`: the causal tree of a run, and dead letters with what can be done about them. */
import { DeadLetterList, RequeueDeadLetters, RequeuedDeadLetters, RunEvents } from "@millrace/contracts";
import { hasRole, type Http, HttpError } from "@millrace/service";
import { z } from "zod";
import { ask, NOT_ASKED, tell, valueOf, valueOrThrow } from "../ask.ts";
import { type Columns, onePage } from "../exports/table.ts";
import { eventsPage } from "../pages/events.ts";
import { addPage, askRun, askRuns, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";
import { addTable } from "./table_route.ts";

const MOST_LETTERS = 200;
const LETTERS = `/api/automation/dead-letters?limit=${MOST_LETTERS}`;

export function eventPages(http: Http, site: Site): void {
  addPage(http, site, "/events", async (context) => {
    const runs = valueOf(await askRuns(context))?.runs;
    const named = context.req.query("run");
    const asked = named === undefined ? undefined : await askRun(context, named, runs);
    if (asked?.kind === "missing") throw new HttpError(404, "not_found", `There is no run "${named}" in this project.`);
    const run = asked === undefined ? runs?.[0] : valueOf(asked);
    const id = run?.id ?? named;
    const [events, deadLetters] = await Promise.all([
      runs !== undefined && id === undefined
        ? NOT_ASKED
        : ask(context, "automation", `/api/automation/runs/${encodeURIComponent(id ?? "")}/events`, RunEvents),
      ask(context, "automation", LETTERS, DeadLetterList),
    ]);
    const body = eventsPage({
      runs,
      run,
      events,
      deadLetters,
      mayOperate: hasRole(context.var.identity, "operator"),
      nowMs: context.var.ports.now(),
      traceId: traceId(context),
    });
    const title = run === undefined ? "Events" : `What led to what in ${run.name} ${run.id}`;
    return { title, place: "events", body, runs, liveRun: "" };
  });

  addPost(http, site, "/events/requeue", async (context) => {
    const form = Form.safeParse(await context.req.parseBody());
    if (!form.success)
      throw new HttpError(400, "invalid_request", "Requeueing: found no dead letter named; reload the page.");
    const wanted: RequeueDeadLetters = "sequence" in form.data ? form.data : { all: form.data };
    const path = "/api/automation/dead-letters/requeue";
    valueOrThrow(
      await tell(context, "automation", path, wanted, RequeuedDeadLetters),
      "It is no dead letter any more.",
    );
    return context.redirect("/events#dead-letters", 303);
  });
}

/** One, or all of a consumer and a type. */
const Form = z.union([
  z.strictObject({ sequence: z.coerce.number().pipe(z.int().positive()) }),
  z.strictObject({ consumer: z.string().min(1).max(120), type: z.string().min(1).max(200) }),
]);

const DEAD_LETTERS: Columns<DeadLetterList["deadLetters"][number]> = {
  sequence: ({ sequence }) => sequence,
  parkedAt: ({ parkedAt }) => parkedAt,
  type: ({ type }) => type,
  consumer: ({ consumer }) => consumer,
  error: ({ error }) => `${error.name}: ${error.message}`,
  attempts: ({ attempts }) => attempts,
  requeues: ({ requeues }) => requeues,
  eventId: ({ eventId }) => eventId,
};

export function eventExportRoutes(http: Http): void {
  addTable(http, "/events/dead-letters", [], async (context) => {
    const { deadLetters } = valueOrThrow(await ask(context, "automation", LETTERS, DeadLetterList), "There are none.");
    return { name: "dead-letters", columns: DEAD_LETTERS, pages: onePage(deadLetters) };
  });
}
