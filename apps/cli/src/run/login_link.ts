import { z } from "zod";
import type { Client } from "../client.ts";

/** Asks the console for a link that logs one browser in, once. */
export async function loginLink(client: Client): Promise<string> {
  const { path } = await client.post(
    "/api/console/login-links",
    {},
    z.object({ path: z.string().startsWith("/login?") }),
  );
  return client.address + path;
}
