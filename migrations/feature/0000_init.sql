CREATE SCHEMA "feature";
--> statement-breakpoint
CREATE TABLE "feature"."tokenized_run" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"tokenized" jsonb NOT NULL,
	"manifest" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "tokenized_run_project_run_id_pk" PRIMARY KEY("project","run_id")
);
