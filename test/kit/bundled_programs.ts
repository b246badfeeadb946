/**
 * What apps start as processes and threads, in their own tests too, bundled as the package has it: from the sources each would begin with
 * types to strip and hundreds of files to find. From the sources all of it runs in the test of the demo.
 */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

const APPS = fileURLToPath(new URL("../../apps/", import.meta.url));
const STARTED = /new URL\("\.{1,2}\/(?:[\w/.]+\/)?(\w+_(?:main|worker))\.ts", import\.meta\.url\)/g;

/** Lets code of apps find the programs that it names beside the bundled command, which each run of the tests has in another place. */
export function bundledPrograms(): Plugin {
  return {
    name: "bundled programs",
    enforce: "pre",
    transform: (code, id) =>
      id.startsWith(APPS)
        ? code.replaceAll(STARTED, 'new URL("./$1.js", process.env.MILLRACE_TEST_PROGRAM)')
        : undefined,
  };
}
