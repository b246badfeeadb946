import { parseDocument, visit } from "yaml";

/**
 * Reads YAML. A number that is none (`.nan`) or too large (`1e999`, `.inf`) stays the text that stands there, so that whoever
 * refuses it can say what was written.
 * @throws {Error} If it is not YAML.
 */
export function readYaml(text: string): unknown {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw problem;
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "number" && !Number.isFinite(scalar.value)) scalar.value = scalar.source;
    },
  });
  return document.toJS({ maxAliasCount: 100 });
}
