/**
 * For tests: the contract suites of the ports, stores to run them on, and a NATS server kit. Runs under vitest.
 *
 * ```ts
 * import { busContract, sqliteBusStore } from "@millrace/bus/testing";
 *
 * busContract("SQLite", sqliteBusStore);
 * ```
 *
 * @module
 */
export { busContract, type BusStore } from "./bus_contract.ts";
export { jetstreamBusStore, jetstreamLeaseStore } from "./jetstream_stores.ts";
export { leaseContract, type LeaseStore } from "./lease_contract.ts";
export { findNatsServer, type NatsServer, natsSkipReason, startNatsServer } from "./nats_server.ts";
export { sqliteBusStore, sqliteLeaseStore } from "./sqlite_stores.ts";
