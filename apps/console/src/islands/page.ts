/** Life for every page: live parts, copying, keys, what opens over it. All of it can be absent and the page still reads. */
import { copyOnPress } from "./copy.ts";
import { listenToKeys } from "./keys.ts";
import { followRun } from "./live.ts";
import { followQuery } from "./palette.ts";
import { foldRail } from "./rail.ts";

const run = document.body.dataset["run"];
if (run !== undefined) followRun(run);
copyOnPress();
listenToKeys();
followQuery();
foldRail();
