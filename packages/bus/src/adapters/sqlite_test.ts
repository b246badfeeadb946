import { busContract } from "../testing/bus_contract.ts";
import { leaseContract } from "../testing/lease_contract.ts";
import { sqliteBusStore, sqliteLeaseStore } from "../testing/sqlite_stores.ts";

busContract("SQLite", sqliteBusStore);
leaseContract("SQLite", sqliteLeaseStore);
