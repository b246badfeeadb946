import { onNode as automation } from "@millrace/automation/node";
import { onNode as console } from "@millrace/console/node";
import type { ServiceName } from "@millrace/contracts";
import { onNode as deployer } from "@millrace/deployer/node";
import { onNode as feature } from "@millrace/feature/node";
import { onNode as inference } from "@millrace/inference/node";
import { onNode as ingestion } from "@millrace/ingestion/node";
import { onNode as monitor } from "@millrace/monitor/node";
import { onNode as registry } from "@millrace/registry/node";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { onNode as trainer } from "@millrace/trainer/node";

/** Every app, as a Node process runs it. */
export const APPS: Readonly<Record<ServiceName, (runtime: NodeRuntime) => NodeService>> = {
  ingestion,
  feature,
  trainer,
  registry,
  deployer,
  inference,
  monitor,
  automation,
  console,
};
