/** Forms that post, so that they work without a script. */
import type { Role } from "@millrace/contracts";
import { type Http, type HttpContext, requireRole } from "@millrace/service";
import { refusalPage, sendPage, type Site } from "./page_context.ts";

/**
 * Adds what a button does: senders without a session are led to the login page, refusals become pages.
 * @param role That it takes at least; the service that is told to do it asks for the scope too.
 */
export function addPost(
  http: Http,
  site: Site,
  path: string,
  act: (context: HttpContext) => Promise<Response>,
  role: Role = "operator",
): void {
  http.post(path, async (context) => {
    if (context.var.identity === undefined) return context.redirect("/login", 303);
    try {
      requireRole(context, role);
      return await act(context);
    } catch (error) {
      return sendPage(context, site, refusalPage(context, error));
    }
  });
}
