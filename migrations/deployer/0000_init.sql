CREATE SCHEMA "deployer";
--> statement-breakpoint
CREATE TABLE "deployer"."deployment" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"percent" integer NOT NULL,
	"error" text,
	"prompts" jsonb NOT NULL,
	"samples" jsonb NOT NULL,
	"started_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "deployment_project_run_id_pk" PRIMARY KEY("project","run_id")
);
