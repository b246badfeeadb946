CREATE SCHEMA "registry";
--> statement-breakpoint
CREATE TABLE "registry"."alias" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"alias" text NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "alias_project_model_alias_pk" PRIMARY KEY("project","model","alias")
);
--> statement-breakpoint
CREATE TABLE "registry"."checkpoint" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"step" integer NOT NULL,
	"checkpoint" jsonb NOT NULL,
	"state" jsonb NOT NULL,
	CONSTRAINT "checkpoint_project_run_id_step_pk" PRIMARY KEY("project","run_id","step")
);
--> statement-breakpoint
CREATE TABLE "registry"."corpus" (
	"project" text NOT NULL,
	"corpus_hash" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"documents" integer NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "corpus_project_corpus_hash_pk" PRIMARY KEY("project","corpus_hash")
);
--> statement-breakpoint
CREATE TABLE "registry"."artifact" (
	"project" text NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"media_type" text NOT NULL,
	CONSTRAINT "artifact_project_sha256_pk" PRIMARY KEY("project","sha256")
);
--> statement-breakpoint
CREATE TABLE "registry"."lineage_edge" (
	"project" text NOT NULL,
	"from_id" text NOT NULL,
	"to_id" text NOT NULL,
	"relation" text NOT NULL,
	CONSTRAINT "lineage_edge_project_from_id_to_id_pk" PRIMARY KEY("project","from_id","to_id")
);
--> statement-breakpoint
CREATE TABLE "registry"."lineage_node" (
	"project" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"label" text NOT NULL,
	CONSTRAINT "lineage_node_project_id_pk" PRIMARY KEY("project","id")
);
--> statement-breakpoint
CREATE TABLE "registry"."model" (
	"project" text NOT NULL,
	"name" text NOT NULL,
	"last_version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "model_project_name_pk" PRIMARY KEY("project","name")
);
--> statement-breakpoint
CREATE TABLE "registry"."node_activity" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"node" text NOT NULL,
	"step" integer NOT NULL,
	"activity" jsonb NOT NULL,
	CONSTRAINT "node_activity_project_run_id_node_step_pk" PRIMARY KEY("project","run_id","node","step")
);
--> statement-breakpoint
CREATE TABLE "registry"."node_change" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"node" text NOT NULL,
	"generation" integer NOT NULL,
	"change" text NOT NULL,
	"detail" jsonb NOT NULL,
	CONSTRAINT "node_change_project_run_id_node_generation_change_pk" PRIMARY KEY("project","run_id","node","generation","change")
);
--> statement-breakpoint
CREATE TABLE "registry"."tokenizer" (
	"project" text NOT NULL,
	"sha256" text NOT NULL,
	"tokenizer" jsonb NOT NULL,
	"vocabulary_size" integer NOT NULL,
	"corpus_hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "tokenizer_project_sha256_pk" PRIMARY KEY("project","sha256")
);
--> statement-breakpoint
CREATE TABLE "registry"."training_point" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"step" integer NOT NULL,
	"point" jsonb NOT NULL,
	CONSTRAINT "training_point_project_run_id_step_pk" PRIMARY KEY("project","run_id","step")
);
--> statement-breakpoint
CREATE TABLE "registry"."training_run" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"state" text NOT NULL,
	"config" jsonb NOT NULL,
	"parameters" bigint NOT NULL,
	"steps" integer NOT NULL,
	"nodes" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"fingerprint" jsonb NOT NULL,
	"tokenized" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "training_run_project_run_id_pk" PRIMARY KEY("project","run_id")
);
--> statement-breakpoint
CREATE TABLE "registry"."version" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"run_id" text NOT NULL,
	"state" text NOT NULL,
	"corpus_hash" text NOT NULL,
	"exact" boolean NOT NULL,
	"parts" jsonb NOT NULL,
	"onnx" jsonb,
	"folder" jsonb,
	"package" jsonb,
	"created_at" bigint NOT NULL,
	CONSTRAINT "version_project_model_version_pk" PRIMARY KEY("project","model","version"),
	CONSTRAINT "version_project_run_id_unique" UNIQUE("project","run_id")
);
--> statement-breakpoint
CREATE INDEX "lineage_edge_project_to_id_index" ON "registry"."lineage_edge" USING btree ("project","to_id");--> statement-breakpoint
CREATE INDEX "version_project_corpus_hash_index" ON "registry"."version" USING btree ("project","corpus_hash");