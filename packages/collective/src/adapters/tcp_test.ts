import { describeLinks } from "../testing/link_contract.ts";
import { connectTcp, listenTcp } from "./tcp.ts";

describeLinks("connectTcp() and listenTcp()", () => Promise.resolve({ connect: connectTcp, listen: listenTcp }));
