/** For tests: the contract suite of an artifact store. */
export { artifactContract, type StoreUnderTest } from "./contract.ts";
