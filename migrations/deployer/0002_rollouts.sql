CREATE TABLE "deployer"."canary_window" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"version" integer NOT NULL,
	"gateway" text NOT NULL,
	"window_start" bigint NOT NULL,
	"real" jsonb NOT NULL,
	"synthetic" jsonb NOT NULL,
	CONSTRAINT "canary_window_project_run_id_version_gateway_window_start_pk" PRIMARY KEY("project","run_id","version","gateway","window_start")
);
--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "package" jsonb;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "tokenized" jsonb;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "canary" jsonb;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "requested" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "stable" integer;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "canary_started_at" bigint;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "verdict" text;--> statement-breakpoint
ALTER TABLE "deployer"."deployment" ADD COLUMN "evidence" jsonb;--> statement-breakpoint
CREATE INDEX "deployment_project_model_version_index" ON "deployer"."deployment" USING btree ("project","model","version");