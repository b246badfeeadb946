CREATE SCHEMA "trainer";
--> statement-breakpoint
CREATE TABLE "trainer"."checkpoint" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"job_hash" text NOT NULL,
	"step" integer NOT NULL,
	"resume" jsonb NOT NULL,
	"model" jsonb NOT NULL,
	"state" jsonb NOT NULL,
	"fingerprint" jsonb NOT NULL,
	"train_loss" double precision NOT NULL,
	"elapsed_ms" bigint NOT NULL,
	CONSTRAINT "checkpoint_project_run_id_job_hash_step_pk" PRIMARY KEY("project","run_id","job_hash","step")
);
--> statement-breakpoint
CREATE TABLE "trainer"."training_run" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"live" jsonb,
	CONSTRAINT "training_run_project_run_id_pk" PRIMARY KEY("project","run_id")
);
