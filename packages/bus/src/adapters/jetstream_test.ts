import { busContract } from "../testing/bus_contract.ts";
import { jetstreamBusStore, jetstreamLeaseStore } from "../testing/jetstream_stores.ts";
import { leaseContract } from "../testing/lease_contract.ts";
import { natsSkipReason } from "../testing/nats_server.ts";

const skipReason = natsSkipReason();
busContract("JetStream", jetstreamBusStore, skipReason);
leaseContract("JetStream", jetstreamLeaseStore, skipReason);
