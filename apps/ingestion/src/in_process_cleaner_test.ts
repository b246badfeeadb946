import { inProcessCleaner } from "./in_process_cleaner.ts";
import { describeCleaner } from "./testing/cleaner_contract.ts";

describeCleaner("inProcessCleaner()", inProcessCleaner());
