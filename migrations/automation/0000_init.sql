CREATE SCHEMA "automation";
--> statement-breakpoint
CREATE TABLE "automation"."run" (
	"project" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"recipe_ref" jsonb NOT NULL,
	"recipe" jsonb NOT NULL,
	"facts" jsonb NOT NULL,
	"stopped_in" text,
	"error" text,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "run_project_id_pk" PRIMARY KEY("project","id")
);
--> statement-breakpoint
CREATE TABLE "automation"."stage" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"stage" text NOT NULL,
	"state" text NOT NULL,
	"started_at" bigint NOT NULL,
	"ended_at" bigint,
	"progress" jsonb,
	CONSTRAINT "stage_project_run_id_stage_pk" PRIMARY KEY("project","run_id","stage")
);
