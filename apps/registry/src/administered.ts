import { ProjectName } from "@millrace/contracts";
import { type HttpContext, HttpError } from "@millrace/service";

/**
 * The project whose administration a request is about: the sender's own, or any that the holder of the installation's key names.
 * @throws {HttpError} 403 for another project of anybody else's, there or not; 400 for what is no name.
 */
export function administered({ var: { identity } }: HttpContext, named: string | undefined): string {
  if (named === undefined || named === identity.project) return identity.project;
  if (!identity.ofInstallation) {
    const message = `project: found "${named}", wanted your own, ${identity.project}`;
    throw new HttpError(403, "forbidden", `${message}; others are for the key of the installation`);
  }
  const name = ProjectName.safeParse(named);
  if (name.success) return name.data;
  throw new HttpError(400, "invalid_request", `project: ${name.error.issues[0]?.message}, found "${named}"`);
}
