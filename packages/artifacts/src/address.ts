import { ProjectName, Sha256 } from "@millrace/contracts";

/** @throws {RangeError} If `project` is not a project name: it becomes part of a path. */
export function checkProject(project: string): void {
  if (!ProjectName.safeParse(project).success) {
    throw new RangeError(`opening artifacts of project ${JSON.stringify(project)}: wanted a project name`);
  }
}

/** @throws {RangeError} If `sha256` is not 64 lower-case hexadecimal digits: it becomes part of a path. */
export function checkAddress(sha256: string): void {
  if (!Sha256.safeParse(sha256).success) {
    throw new RangeError(
      `addressing an artifact: found ${JSON.stringify(sha256)}, wanted a SHA-256 in lower-case hexadecimal`,
    );
  }
}

/** @throws {RangeError} If the range is not 0 <= from <= to in whole bytes. */
export function checkRange(from: number, to: number): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) {
    throw new RangeError(`reading bytes ${from} to ${to}: wanted whole numbers with 0 <= from <= to`);
  }
}
