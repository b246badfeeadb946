import { BaseModelError } from "./base_folder.ts";

/**
 * Passes a stream on that has as many bytes as was said.
 * @throws {BaseModelError} From reading, as soon as it has more, or when it ends with fewer.
 */
export function exactly(name: string, size: number, content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let read = 0;
  const wrong = (found: string): BaseModelError =>
    new BaseModelError(`${name} has ${found} bytes, wanted ${size}`, { mayPass: true });
  return content.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        read += piece.length;
        if (read > size) controller.error(wrong(`more than ${size}`));
        else controller.enqueue(piece);
      },
      flush(controller) {
        if (read < size) controller.error(wrong(`only ${read}`));
      },
    }),
  );
}
