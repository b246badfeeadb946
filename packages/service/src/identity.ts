import { type Role, ROLES, type Scope } from "@millrace/contracts";

/** Who sent a request, and the one project the request can reach. */
export interface Identity {
  readonly name: string;
  readonly project: string;
  readonly role: Role;
  /** What it may do within its role. Absent: all of it. */
  readonly scopes?: readonly Scope[];
  /** The registry's key that it presented: what was begun with it, such as a session, ends with it. */
  readonly keyId?: string;
  /** Set for whoever has the installation's own key: makes projects, and keys of all of them. */
  readonly ofInstallation?: true;
  /** Set for who reads the metrics of all projects, and nothing else. */
  readonly readsMetrics?: true;
  /** Set for services of this installation, which know of all projects. */
  readonly isService?: true;
}

/** Whether somebody has a role or a higher one. */
export function hasRole({ role }: Pick<Identity, "role">, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
