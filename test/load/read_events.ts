/**
 * Data of server-sent events, as far as an OpenAI endpoint uses them: one `data:` line an event.
 * @throws {Error} If the stream ends within an event.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      if (!event.startsWith("data: ")) throw new Error(`reading a stream: found "${event.slice(0, 80)}", wanted data`);
      yield event.slice("data: ".length);
    }
  }
  if (rest !== "") throw new Error(`reading a stream: it ended within "${rest.slice(0, 80)}"`);
}
