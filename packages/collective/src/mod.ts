/**
 * Deterministic all-reduce between processes: one fixed summation tree, whoever holds the leaves, and a step-commit
 * protocol that keeps every member's sums equal while members die and join. Pure state machines; `./tcp` carries them.
 *
 * ```ts
 * import { treeSum } from "@millrace/collective";
 *
 * const gradient = treeSum([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]);
 * console.log(gradient); // Float32Array [ 9, 12 ]
 * ```
 */
export { addInto, combineOrder, completeSubtrees, ownedRange, splitPoint, treeSum } from "./tree.ts";
export type { Addition, LeafRange } from "./tree.ts";
export { createMember } from "./member.ts";
export type { Action, Command, Member, MemberOptions, Report } from "./member.ts";
export { exchangePlan } from "./plan.ts";
export type { LossyKind, LossyOptions } from "./lossy_wire.ts";
export { createMembership } from "./membership.ts";
export type { Membership, MembershipInput, MembershipOutput } from "./membership.ts";
export { parsePeerMessage } from "./messages.ts";
export type { ParcelMessage, PeerMessage } from "./messages.ts";
export { createParcels } from "./parcels.ts";
export type { ParcelLabel, Parcels } from "./parcels.ts";
export type { Outgoing } from "./exchange.ts";
export { createAccumulator } from "./accumulator.ts";
export type { Accumulator, PartSum, Span } from "./accumulator.ts";
export { DEFAULT_FRAME_LIMITS, frameHead, frameReader } from "./frame.ts";
export type { FrameHandler, FrameHeader, FrameLimits } from "./frame.ts";
export type { Connect, Link, LinkOptions, Links, Listen, Listener, ListenOptions } from "./link.ts";
export { createVectorMemory } from "./vector_memory.ts";
export type { VectorMemory } from "./vector_memory.ts";
export { openPeerMesh } from "./peer_mesh.ts";
export type { PeerAddress, PeerMesh, PeerMeshOptions } from "./peer_mesh.ts";
