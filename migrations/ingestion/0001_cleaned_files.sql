CREATE TABLE "ingestion"."cleaned_files" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"shard" integer NOT NULL,
	"files" integer NOT NULL,
	CONSTRAINT "cleaned_files_project_run_id_shard_pk" PRIMARY KEY("project","run_id","shard")
);
--> statement-breakpoint
ALTER TABLE "ingestion"."plan" ADD COLUMN "told_at" bigint DEFAULT 0 NOT NULL;