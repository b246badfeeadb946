/** The other end of the raw loopback: swallows what comes, and answers one byte for each message of the size it is told. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

const messageBytes = Number(process.argv[2]);
const server = createServer({ noDelay: true }, (socket) => {
  let left = messageBytes;
  socket.on("data", (bytes) => {
    left -= bytes.length;
    while (left <= 0) {
      socket.write(Buffer.of(1));
      left += messageBytes;
    }
  });
});
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
