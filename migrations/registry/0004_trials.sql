CREATE TABLE "registry"."trial" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"trial_id" text NOT NULL,
	"values" jsonb NOT NULL,
	"state" text NOT NULL,
	"objective" double precision,
	"detail" text,
	CONSTRAINT "trial_project_run_id_number_pk" PRIMARY KEY("project","run_id","number")
);
