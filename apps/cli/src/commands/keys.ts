import { CreatedKey, KeyList, KeyView, Role, ROLES, Scope, SCOPES } from "@millrace/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { plainText } from "../terminal/plain_text.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withReader, withTargetOptions } from "./target_options.ts";

const BASE = "/api/registry/keys";

interface InProject extends TargetOptions {
  readonly project?: string;
}
interface CreateOptions extends InProject {
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Milliseconds from now; Infinity: never. */
  readonly expires: number;
}

/** `millrace keys list|create|revoke`. */
export function register(program: Command): void {
  const keys = program.command("keys").description("API keys: who may do what in which project");
  withProject(keys.command("list", { isDefault: true }))
    .description("keys of the project, newest first; never what opens with them")
    .addHelpText("after", "\nExample:\n  millrace keys list --json")
    .action(async ({ project, ...options }: InProject) => {
      const list = await withReader(options, (reader) => reader.get(`${BASE}${queryOf(project)}`, KeyList));
      print(options.json, list, () => (list.keys.length === 0 ? ["No keys yet"] : list.keys.map(inOneLine)));
    });
  withProject(keys.command("create"))
    .description("makes a key and shows it, once")
    .argument("<name>", "who holds it; keys of one name are one person's")
    .addOption(new Option("--role <role>", "the highest it may act as").choices(ROLES).default("viewer"))
    .addOption(
      new Option("--scopes <list>", `what it may be used for: ${SCOPES.join(",")}, or all`)
        .argParser(toScopes)
        .default(["read"], "read"),
    )
    .addOption(
      new Option("--expires <time>", "after how long, such as 12h or 30d, or never")
        .argParser(toMilliseconds)
        .default(30 * DAY_MS, "30d"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  millrace keys create app --scopes complete --expires 90d\n  millrace keys create ada --role approver --scopes all",
    )
    .action(async (name: string, { project, role, scopes, expires, ...options }: CreateOptions) => {
      const expiresAt = expires === Infinity ? null : new Date(Date.now() + expires).toISOString();
      const body = { name, role, scopes, expiresAt, ...(project === undefined ? {} : { project }) };
      const created = await withClient(options, (client) => client.post(BASE, body, CreatedKey));
      print(options.json, created, () => [
        created.secret,
        `Key ${created.key.id} of ${plainText(name)}, ${role} of ${created.key.project}, ${endOf(created.key)}. It is not shown again.`,
      ]);
    });
  withProject(keys.command("revoke"))
    .description("ends a key; within seconds every service refuses it")
    .argument("<id>", "as list shows it")
    .addHelpText("after", "\nExample:\n  millrace keys revoke 3b241101-e2bb-4255-8caf-4136c566a962")
    .action(async (id: string, { project, ...options }: InProject) => {
      const path = `${BASE}/${encodeURIComponent(id)}/revoke${queryOf(project)}`;
      const key = await withClient(options, (client) => client.post(path, {}, KeyView));
      print(options.json, key, () => [`Key ${key.id} of ${plainText(key.name)} was revoked at ${key.revokedAt}`]);
    });
}

function withProject(command: Command): Command {
  return withTargetOptions(command).option("--project <name>", "another project; for the installation's own key");
}

function queryOf(project: string | undefined): string {
  return project === undefined ? "" : `?${new URLSearchParams({ project })}`;
}

function toScopes(text: string): readonly Scope[] {
  if (text === "all") return SCOPES;
  return text.split(",").map((word) => {
    const scope = Scope.safeParse(word.trim());
    if (scope.success) return scope.data;
    throw new InvalidArgumentError(`Expected some of ${SCOPES.join(",")}, or all.`);
  });
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function toMilliseconds(text: string): number {
  // Commander takes null for no value.
  if (text === "never") return Infinity;
  const [, count, unit] = /^([1-9]\d{0,3})(h|d)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("Expected hours or days such as 12h or 30d, or never.");
  return Number(count) * (unit === "h" ? HOUR_MS : DAY_MS);
}

function endOf({ expiresAt, revokedAt }: KeyView): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  return expiresAt === null ? "does not expire" : `expires ${expiresAt}`;
}

function inOneLine(key: KeyView): string {
  const used = key.lastUsedAt === null ? "never used" : `used ${key.lastUsedAt}`;
  return `${key.id}  ${plainText(key.name).padEnd(16)} ${key.role.padEnd(8)} ${key.scopes.join(",")}  ${endOf(key)}, ${used}`;
}
