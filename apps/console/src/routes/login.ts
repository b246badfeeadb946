import { DEFAULT_PROJECT } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, needs } from "@millrace/service";
import { serialize } from "hono/utils/cookie";
import { z } from "zod";
import type { LoginLinks } from "../login_links.ts";
import { RAILS, THEMES } from "../frame/frame.ts";
import { loginNeededPage, loggedInPage } from "../pages/login.ts";
import type { Sessions } from "../sessions.ts";
import { themeOf } from "./page_context.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/**
 * Logging in and out, and what a person chooses about the frame.
 * @param secure Whether browsers come over TLS, which may end before it reaches this process.
 */
export function loginRoutes(
  http: Http,
  { assets, loginCommand }: { readonly assets: string; readonly loginCommand: string },
  links: LoginLinks,
  sessions: Sessions,
  secure: () => boolean,
): void {
  http.post("/api/console/login-links", needs("viewer", "read"), async (context) => {
    const { identity } = context.var;
    if (identity.keyId === undefined && !identity.ofInstallation) {
      const found = `found ${identity.name}, wanted somebody with a key, which the session can end with`;
      throw new HttpError(403, "forbidden", `making a login link: ${found}`);
    }
    return context.json({ path: await links.issue(identity) }, 201);
  });

  http.get("/login", async (context) => {
    const token = context.req.query("token");
    // Previews of links ask with HEAD; they must not use a token up.
    const identity = token === undefined || context.req.method === "HEAD" ? undefined : await links.redeem(token);
    const theme = themeOf(context);
    context.header("referrer-policy", "no-referrer");
    if (identity === undefined) {
      return context.html(loginNeededPage(assets, theme, loginCommand, token !== undefined), 401);
    }
    context.header("set-cookie", await sessions.start(identity, secure()));
    // Not a redirect: a strict cookie is not sent on one that began on another site.
    return context.html(loggedInPage(assets, theme, identity.project === DEFAULT_PROJECT ? "" : identity.project));
  });

  http.post("/logout", async (context) => {
    context.header("set-cookie", await sessions.end());
    return context.redirect("/login", 303);
  });

  http.post("/theme", async (context) => {
    const form = await context.req.parseBody();
    return keep(context, "millrace_theme", chosen("theme", THEMES, form), form["return"]);
  });

  http.post("/rail", async (context) => {
    const form = await context.req.parseBody();
    return keep(context, "millrace_rail", chosen("rail", RAILS, form), form["return"]);
  });
}

/** @throws {HttpError} 400 where the form holds none of the choices. */
function chosen(name: string, choices: readonly string[], form: Readonly<Record<string, unknown>>): string {
  const choice = z.enum(choices).safeParse(form[name]);
  if (choice.success) return choice.data;
  throw new HttpError(400, "invalid_request", `choosing a ${name}: wanted ${choices.join(", ")}`);
}

/** Keeps a choice of the frame for a year: a cookie, so that pages come with it and nothing flashes. */
function keep(context: HttpContext, name: string, value: string, back: unknown): Response {
  const attributes = { path: "/", sameSite: "Strict", httpOnly: true, maxAge: YEAR_SECONDS } as const;
  context.header("set-cookie", serialize(name, value, attributes));
  return context.redirect(ownPath(back), 303);
}

/** A path of this site: `//host` and `/\host` would lead to another. */
function ownPath(written: unknown): string {
  return typeof written === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(written) ? written : "/";
}
