CREATE SCHEMA "inference";
--> statement-breakpoint
CREATE TABLE "inference"."served_version" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"package" jsonb NOT NULL,
	"percent" integer NOT NULL,
	"loaded_at" bigint NOT NULL,
	CONSTRAINT "served_version_project_model_version_pk" PRIMARY KEY("project","model","version")
);
