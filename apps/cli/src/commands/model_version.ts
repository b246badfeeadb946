import { UsageError } from "../usage_error.ts";

/** A version as people write it: `tiny@3`, `tiny@live`. */
export interface ModelVersion {
  readonly model: string;
  /** Number or alias. */
  readonly version: string;
}

/** Reads `model@version`; undefined if it is written otherwise. */
export function parseModelVersion(text: string): ModelVersion | undefined {
  const [, model, version] = /^([a-z0-9._-]{1,64})@([\w-]{1,255})$/.exec(text) ?? [];
  return model === undefined || version === undefined ? undefined : { model, version };
}

/** @throws {UsageError} If it is written otherwise. */
export function requireModelVersion(command: string, text: string): ModelVersion {
  const parsed = parseModelVersion(text);
  if (!parsed) throw new UsageError(`millrace ${command}: expected model@version such as tiny@1, found "${text}"`);
  return parsed;
}

/** Where the registry answers for it. */
export function versionPath({ model, version }: ModelVersion): string {
  return `/api/registry/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
}
