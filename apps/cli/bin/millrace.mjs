#!/usr/bin/env node
// Runs on the host's Node; the bootstrap starts the real command with the installed Node 24.
import { main } from "../../../infra/bootstrap.mjs";

main(["cli", ...process.argv.slice(2)]).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
