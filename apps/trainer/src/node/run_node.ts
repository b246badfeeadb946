import { createMember } from "@millrace/collective";
import type { Action, Connect, Link, Listen, Member } from "@millrace/collective";
import { CoordinatorMessage, HEARTBEAT_MS, parseMessage, PIECE_BYTES } from "../control_messages.ts";
import type { NodeMessage } from "../control_messages.ts";
import { dueAfter } from "../training_job.ts";
import type { TrainingJob } from "../training_job.ts";
import { createBlobClient } from "./blob_client.ts";
import { createLeafWork } from "./leaf_work.ts";
import { openPeerMesh } from "./peer_mesh.ts";
import type { PeerAddress, PeerMesh } from "./peer_mesh.ts";
import type { Replica, ReplicaFactory } from "./replica.ts";
import { createStepClock } from "./step_clock.ts";

/** What a trainer node needs. */
export interface NodePorts {
  readonly name: string;
  readonly coordinator: PeerAddress;
  /** Address to listen on for peers; they must reach it. */
  readonly host: string;
  readonly secret: string;
  readonly connect: Connect;
  readonly listen: Listen;
  readonly replicas: ReplicaFactory;
  /** Milliseconds from any fixed origin. */
  now(): number;
  log(message: string): void;
}

/**
 * Takes part in one run as a trainer node: joins, builds its replica, trains until the coordinator ends the run.
 * @throws {Error} If the coordinator refuses the node, the link to it is lost, or the replica fails. A node that was lost has to join anew.
 */
export async function runNode(ports: NodePorts): Promise<void> {
  const control = await ports.connect({ ...ports.coordinator, secret: ports.secret, purpose: "control" });
  const tell = (message: NodeMessage, payload?: Uint8Array): void => control.send(message, payload);
  const blobs = createBlobClient(control);
  let seat: Seat | undefined;

  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      const reason = error instanceof Error ? error : new Error(String(error));
      tell({ type: "failed", reason: reason.message.slice(0, 16_384) });
      control.end();
      reject(reason);
    };
    control.read({
      place: (header, sizeBytes) => {
        const message = parseMessage(CoordinatorMessage, header);
        if (message.type !== "blob") throw new TypeError(`control message "${message.type}" has no payload`);
        return blobs.place(message.sha256, message.sizeBytes, sizeBytes);
      },
      receive: (header) => {
        const message = parseMessage(CoordinatorMessage, header);
        if (message.type === "blob") blobs.receive();
        else if (message.type === "refused") reject(new Error(`the coordinator refused this node: ${message.reason}`));
        else if (message.type === "stop") resolve();
        else if (message.type === "job") {
          takeSeat(ports, message.job, control, blobs.fetch, fail).then((taken) => {
            seat = taken;
            tell({ type: "prepared", applied: taken.member.applied });
          }, fail);
        } else if (seat !== undefined) seat.command(message);
      },
    });
    void control.closed.then((reason) => reject(new Error("the coordinator closed the link", { cause: reason })));
    ports.replicas.fingerprint().then((fingerprint) => join(fingerprint).catch(fail), fail);
  }).finally(async () => {
    control.end();
    await seat?.leave();
  });

  async function join(fingerprint: string): Promise<void> {
    mesh = await openMesh();
  }
}
