/** Who uses the console: a signed cookie says so, nothing is stored. */
import { ProjectName, Role } from "@millrace/contracts";
import { type Access, type Authenticate, hashApiKey, type Identity } from "@millrace/service";
import { parseSigned, serialize, serializeSigned } from "hono/utils/cookie";
import { z } from "zod";

const SESSION_SECONDS = 12 * 60 * 60;

const Session = z.strictObject({
  name: z.string(),
  project: ProjectName,
  role: Role,
  keyId: z.string().optional(),
  /** Stands for the installation's own key that it was begun with. */
  ownKey: z.string().optional(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});

export interface Sessions {
  /** Accepts the cookie; for requests that change something only when they come from a page, whose origin has been checked. */
  readonly authenticate: Authenticate;
  /** A `Set-Cookie` header that starts a session of 12 hours, for whoever has a key. */
  start(identity: Identity, secure: boolean): Promise<string>;
  /** A `Set-Cookie` header that ends it. */
  end(): Promise<string>;
}

/**
 * A session ends with the key that it was begun with: one of the registry's is looked up again, and gives what the key gives now; the
 * installation's own is compared.
 * @param secret Signs the cookies: HMAC-SHA-256. Another secret ends all sessions.
 * @param now Milliseconds since 1970.
 */
export function createSessions(
  secret: string,
  now: () => number,
  { keys, ownKeyHash }: Pick<Access, "keys" | "ownKeyHash">,
): Sessions {
  // With the secret in it: a cookie can be read by who has it, and must not help to guess a key.
  const ownKey = async (): Promise<string | undefined> =>
    ownKeyHash === undefined ? undefined : hashApiKey(`${secret} ${ownKeyHash}`);
  // Cookies of a host are sent to all of its ports: two installations beside each other must not end each other's sessions.
  const cookieName = hashApiKey(`${secret} cookie`).then((hash) => `millrace_session_${hash.slice(0, 8)}`);
  return {
    async authenticate(request) {
      // A form of another site could be sent with no origin by old browsers only; those are not let in.
      if (request.method !== "GET" && request.method !== "HEAD" && request.headers.get("origin") === null) return;
      const name = await cookieName;
      const cookies = await parseSigned(request.headers.get("cookie") ?? "", secret, name);
      const session = readSession(cookies[name]);
      if (session === undefined || session.expiresAt <= now()) return undefined;
      const { project, role, keyId } = session;
      if (keyId !== undefined) return keys?.byId(keyId);
      if (session.ownKey === undefined || session.ownKey !== (await ownKey())) return undefined;
      return { name: session.name, project, role, ofInstallation: true };
    },
    async start({ name, project, role, keyId, ofInstallation }, secure) {
      const expiresAt = now() + SESSION_SECONDS * 1000;
      const begunWith = { keyId, ownKey: ofInstallation ? await ownKey() : undefined };
      const session: z.infer<typeof Session> = { name, project, role, ...begunWith, expiresAt };
      return serializeSigned(await cookieName, JSON.stringify(session), secret, {
        ...ATTRIBUTES,
        maxAge: SESSION_SECONDS,
        secure,
      });
    },
    end: async () => serialize(await cookieName, "", { ...ATTRIBUTES, maxAge: 0 }),
  };
}

const ATTRIBUTES = { path: "/", httpOnly: true, sameSite: "Strict" } as const;

function readSession(value: string | false | undefined): z.infer<typeof Session> | undefined {
  if (!value) return undefined;
  // Signed by us, so it parses unless an older version wrote it.
  return Session.safeParse(JSON.parse(value)).data;
}
