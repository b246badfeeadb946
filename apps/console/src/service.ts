import {
  type Access,
  anyOf,
  defineService,
  type Http,
  HttpError,
  type Mode,
  type OpenPorts,
  requireRole,
  type Service,
} from "@millrace/service";
import { createLoginLinks } from "./login_links.ts";
import { actionRoutes } from "./routes/actions.ts";
import { adminRoutes } from "./routes/admin.ts";
import { againRoutes } from "./routes/again.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { automationExportRoutes, automationRoutes } from "./routes/automation.ts";
import { assetRoutes, type Assets, assetsPath } from "./routes/assets.ts";
import { corpusExportRoutes } from "./routes/corpus_exports.ts";
import { corpusRoutes } from "./routes/corpus.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { documentRoutes } from "./routes/documents.ts";
import { eventExportRoutes, eventPages } from "./routes/events.ts";
import { exportRoutes } from "./routes/exports.ts";
import { findRoutes } from "./routes/find.ts";
import { homeRoutes } from "./routes/home.ts";
import { listExportRoutes } from "./routes/list_exports.ts";
import { liveRoutes } from "./routes/live.ts";
import { loginRoutes } from "./routes/login.ts";
import { modelRoutes } from "./routes/models.ts";
import { monitorRoutes } from "./routes/monitor.ts";
import { monitorExportRoutes } from "./routes/monitor_exports.ts";
import { addPage, refusalPage, sendPage, type Site } from "./routes/page_context.ts";
import { playgroundRoutes } from "./routes/playground.ts";
import { runPages } from "./routes/runs.ts";
import { searchRoutes } from "./routes/search.ts";
import { versionExportRoutes, versionRoutes } from "./routes/version.ts";
import { createSessions } from "./sessions.ts";

export interface ConsoleOptions {
  readonly assets: Assets;
  /** How this installation runs. */
  readonly mode: Mode;
  /** Signs sessions; at least 128 random bits. */
  readonly sessionSecret: string;
  /** Base address that browsers use; cookies are for TLS alone where it begins with `https:`. */
  readonly publicAddress: () => string;
  /** Prints a link that logs a browser in. */
  readonly loginCommand?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Everything comes from this site and nothing is inline; pages cannot be framed. */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"].map((kind) => `${kind} 'self'`),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The web console: pages made of what the other services answer, read without a script. It stores nothing. */
export function createConsole(openPorts: OpenPorts, access: Access, options: ConsoleOptions): Service {
  const { assets, mode, sessionSecret, publicAddress, loginCommand = "npx millrace up", now } = options;
  const sessions = createSessions(sessionSecret, now, access);
  const authenticate = anyOf(access.authenticate, sessions.authenticate);
  const links = createLoginLinks(now);
  const site: Site = { assets: assetsPath(assets), mode };
  return defineService(
    {
      name: "console",
      isPublic: (path) => !path.startsWith("/api/"),
      // What is refused before it comes to a page, such as an address that can name nothing.
      answerRefusal(context, refusal) {
        const isPage = context.req.method === "GET" && context.req.header("accept")?.includes("text/html") === true;
        if (!isPage || context.var.identity === undefined) return undefined;
        return sendPage(context, site, refusalPage(context, refusal));
      },
      routes(http) {
        guard(http, site.assets);
        assetRoutes(http, assets);
        loginRoutes(http, { assets: site.assets, loginCommand }, links, sessions, () =>
          publicAddress().startsWith("https:"),
        );
        liveRoutes(http, authenticate);
        // Before the pages: what follows a path of a page would be taken for an id.
        exportRoutes(http);
        listExportRoutes(http);
        versionExportRoutes(http);
        corpusExportRoutes(http);
        monitorExportRoutes(http);
        eventExportRoutes(http);
        automationExportRoutes(http);
        findRoutes(http);
        homeRoutes(http, site);
        runPages(http, site);
        modelRoutes(http, site);
        versionRoutes(http, site);
        deploymentRoutes(http, site);
        playgroundRoutes(http, site, publicAddress);
        monitorRoutes(http, site);
        eventPages(http, site);
        automationRoutes(http, site);
        corpusRoutes(http, site);
        documentRoutes(http, site);
        searchRoutes(http, site);
        actionRoutes(http, site);
        againRoutes(http, site);
        adminRoutes(http, site);
        approvalRoutes(http, site);
        addPage(http, site, "/*", async (context) => {
          throw new HttpError(404, "not_found", `There is no page ${context.req.path}.`);
        });
      },
    },
    openPorts,
    { ...access, authenticate },
  );
}

/** What anybody may do, and what a session without the right to look at anything still may. */
const OPEN = ["/login", "/logout", "/theme", "/rail"];

function guard(http: Http, assets: string): void {
  http.use(async (context, next) => {
    const { path } = context.req;
    const isOpen = OPEN.includes(path) || path.startsWith(assets);
    if (context.var.identity !== undefined && !isOpen) requireRole(context, "viewer", "read");
    await next();
    context.header("content-security-policy", POLICY);
    context.header("cross-origin-opener-policy", "same-origin");
    if (!context.res.headers.has("referrer-policy")) context.header("referrer-policy", "same-origin");
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  });
}
