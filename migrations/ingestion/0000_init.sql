CREATE SCHEMA "ingestion";
--> statement-breakpoint
CREATE TABLE "ingestion"."corpus" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"corpus" jsonb NOT NULL,
	"manifest" jsonb NOT NULL,
	"report" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "corpus_project_run_id_pk" PRIMARY KEY("project","run_id")
);
--> statement-breakpoint
CREATE TABLE "ingestion"."passage" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"document_id" text NOT NULL,
	"place" integer NOT NULL,
	"shard" integer NOT NULL,
	"source" text NOT NULL,
	"title" text,
	"passage" text NOT NULL,
	"words" "tsvector" GENERATED ALWAYS AS (to_tsvector('english', coalesce(title, '') || ' ' || passage)) STORED NOT NULL,
	CONSTRAINT "passage_project_run_id_document_id_place_pk" PRIMARY KEY("project","run_id","document_id","place")
);
--> statement-breakpoint
CREATE TABLE "ingestion"."plan" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"plan" jsonb NOT NULL,
	"shards" integer NOT NULL,
	"sources" integer NOT NULL,
	"size_bytes" bigint NOT NULL,
	"quarantined" integer NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "plan_project_run_id_pk" PRIMARY KEY("project","run_id")
);
--> statement-breakpoint
CREATE TABLE "ingestion"."shard" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"shard" integer NOT NULL,
	"documents" jsonb NOT NULL,
	"dropped" jsonb NOT NULL,
	"counts" jsonb NOT NULL,
	CONSTRAINT "shard_project_run_id_shard_pk" PRIMARY KEY("project","run_id","shard")
);
--> statement-breakpoint
CREATE INDEX "passage_words_index" ON "ingestion"."passage" USING gin ("words");