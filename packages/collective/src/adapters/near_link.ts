/**
 * Links whose large payloads are not sent where both ends run on one machine: the receiver copies them out of the sender's memory, once,
 * where a socket takes two copies and most of the time around them. All else goes over the link beneath, which tells of losses.
 */
import type { FrameHandler, FrameHeader } from "../frame.ts";
import type { Link } from "../link.ts";
import { type Nearness, nearReader } from "./near_reader.ts";
import { nearSender } from "./near_sender.ts";
import { count, isHeader } from "./near_wire.ts";
import type { TcpLink } from "./tcp.ts";

/**
 * Lets large payloads of a link be read. Both ends have to.
 * @param near What this process has for it; without it all is sent.
 */
export function nearLink(link: TcpLink, near: Nearness | undefined): Link {
  const sender = nearSender(link);
  const reader = nearReader(link, near);
  let isEnding = false;
  void link.closed.then(sender.over);

  async function drained(): Promise<void> {
    await sender.drained();
    await link.drained();
  }

  function receive(frame: FrameHeader, payload: Uint8Array, handler: FrameHandler): void {
    const { kind, of } = frame;
    if (kind === "frame" && isHeader(of)) handler.receive(of, payload);
    else if (kind === "left" && isHeader(of)) reader.receive(of, frame, handler);
    else if (kind === "here") reader.find(frame);
    else if (kind === "read") sender.wereRead(count(frame, "payloads"));
    else if (kind === "seen" && near !== undefined) sender.leave(near.memory);
    else throw new TypeError("near link: a frame of no kind that there is");
  }

  return {
    remote: link.remote,
    closed: link.closed,
    get sentBytes() {
      return link.sentBytes + sender.keptBytes;
    },
    send(header, payload) {
      if (!isEnding) sender.send(header, payload);
    },
    drained,
    read(handler) {
      link.read({
        place(frame, sizeBytes) {
          if (isHeader(frame["of"])) return handler.place(frame["of"], sizeBytes);
          throw new TypeError("near link: a payload without a frame");
        },
        receive: (frame, payload) => receive(frame, payload, handler),
      });
      if (near === undefined) return;
      const { mark } = sender;
      const at = near.memory.addressOf(mark);
      link.send({ kind: "here", reach: near.reach, pid: process.pid, at, mark: Buffer.from(mark).toString("hex") });
    },
    close() {
      sender.over();
      link.close();
    },
    end() {
      isEnding = true;
      void drained().then(() => link.end());
    },
  };
}
