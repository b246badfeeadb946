/**
 * A process that uses the embedded bus until it is killed: publishes without end and handles what it published, saying on stdout
 * `published <label>` and `acknowledged <label>` after each is certain. It holds the first delivery without settling it.
 */
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { labelOf, SHARD_CLEANED, testEvent } from "../../testing/events.ts";
import { sqliteBus } from "../sqlite.ts";

/** Waits until it is written: what `process.stdout` takes while the reader is slow is lost with the process. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const bus = sqliteBus({ file: argv[2] ?? "", now: Date.now });
const options = { consumer: "test-worker", types: [SHARD_CLEANED], maxInFlight: 2, ackWaitMs: 3_600_000 };

async function publish(): Promise<void> {
  for (let index = 0; ; index++) {
    await bus.publish([await testEvent(`${index}`)]);
    say(`published ${index}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function handle(): Promise<void> {
  let held = false;
  for await (const delivery of await bus.subscribe(options)) {
    if (held) {
      await delivery.ack();
      say(`acknowledged ${labelOf(delivery)}`);
    }
    held = true;
  }
}

await Promise.all([publish(), handle()]);
