CREATE TABLE "trainer"."search" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"state" text NOT NULL,
	"section" jsonb NOT NULL,
	"recipe" jsonb NOT NULL,
	"tokenized" jsonb NOT NULL,
	"base" jsonb,
	CONSTRAINT "search_project_run_id_pk" PRIMARY KEY("project","run_id")
);
--> statement-breakpoint
CREATE TABLE "trainer"."trial" (
	"project" text NOT NULL,
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"values" jsonb NOT NULL,
	"state" text NOT NULL,
	"objective" double precision,
	"reports" jsonb NOT NULL,
	CONSTRAINT "trial_project_run_id_number_pk" PRIMARY KEY("project","run_id","number")
);
