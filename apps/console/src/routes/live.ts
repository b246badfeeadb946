import type { LoggedEvent } from "@millrace/bus";
import { CloudEvent, EVENTS } from "@millrace/contracts";
import { type Authenticate, type Http, HttpError } from "@millrace/service";

/** What makes a page read its live parts again. */
const TYPES = [
  EVENTS.pipelineStateChanged,
  EVENTS.stageProgressed,
  EVENTS.stageFailed,
  EVENTS.trainingProgressed,
  EVENTS.modelRegistered,
  EVENTS.modelGated,
  EVENTS.modelDeployed,
  EVENTS.rolloutReady,
  EVENTS.rolloutMoved,
  EVENTS.rolloutJudged,
  EVENTS.rolloutAborted,
  EVENTS.servingRouted,
  EVENTS.trafficObserved,
  EVENTS.alertRaised,
  EVENTS.alertResolved,
  EVENTS.ruleFired,
].map(({ type }) => type);
/** A line now and then, so that a dead connection is seen by both ends, and so that none outlives the session or key it was opened with. */
const PING_MS = 10_000;

/**
 * `GET /live?run=<id>`: server-sent events. Each says that something of the run (of any run without an id) changed; the page then reads
 * its own live parts again, so that what is shown is made in one place.
 * @param authenticate Asked again and again whether the sender may still follow.
 */
export function liveRoutes(http: Http, authenticate: Authenticate): void {
  http.get("/live", async (context) => {
    const { identity, ports } = context.var;
    if (identity === undefined)
      throw new HttpError(401, "unauthenticated", "following a run: found no session, wanted one");
    const run = context.req.query("run");
    const ended = new AbortController();
    const events = await ports.bus.tail({ types: TYPES, project: identity.project, signal: ended.signal });
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (text: string): void => controller.enqueue(encoder.encode(text));
        send(": open\n\n");
        const beat = async (): Promise<void> => {
          try {
            if ((await authenticate(context.req.raw)) !== undefined) return send(": ping\n\n");
            controller.close();
            ended.abort();
          } catch (error) {
            // A registry that is away judges nobody; a reader that left meanwhile is no error.
            if (!ended.signal.aborted) ports.log.warn("whether a page may still be live is not known", { error });
          }
        };
        const ping = setInterval(() => void beat(), PING_MS);
        ended.signal.addEventListener("abort", () => clearInterval(ping));
        try {
          for await (const logged of events) {
            const event = eventOf(logged);
            if (event === undefined || (run && !concerns(event, run))) continue;
            send(`event: change\ndata: ${JSON.stringify({ type: event.type })}\n\n`);
          }
          if (!ended.signal.aborted) controller.close();
        } catch (error) {
          // The page opens the stream again; a reader that left is no error.
          if (!ended.signal.aborted) controller.error(error);
        } finally {
          ended.abort();
        }
      },
      cancel: () => ended.abort(),
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  });
}

/** A version that was a canary goes live by what its traffic showed: that chain of causes did not begin with the run. */
function concerns({ correlationid, data }: CloudEvent, run: string): boolean {
  return correlationid === run || data["runId"] === run;
}

/** Undefined for what is no event: the log keeps whatever came, and it is no news of a run. */
function eventOf({ payload }: LoggedEvent): CloudEvent | undefined {
  try {
    return CloudEvent.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
