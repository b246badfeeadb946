/**
 * A process that uses the embedded bus until it is killed: publishes without end and handles what it published, saying on stdout
 * `published <label>` and `acknowledged <label>` after each is certain. It holds the first delivery without settling it.
 */
import { argv, stdout } from "node:process";
import { labelOf, SHARD_CLEANED, testEvent } from "../../testing/events.ts";
import { sqliteBus } from "../sqlite.ts";

const bus = sqliteBus({ file: argv[2] ?? "", now: Date.now });
const options = { consumer: "test-worker", types: [SHARD_CLEANED], maxInFlight: 2, ackWaitMs: 3_600_000 };

async function publish(): Promise<void> {
  for (let index = 0; ; index++) {
    await bus.publish([await testEvent(`${index}`)]);
    stdout.write(`published ${index}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function handle(): Promise<void> {
  let held = false;
  for await (const delivery of await bus.subscribe(options)) {
    if (held) {
      await delivery.ack();
      stdout.write(`acknowledged ${labelOf(delivery)}\n`);
    }
    held = true;
  }
}

await Promise.all([publish(), handle()]);
