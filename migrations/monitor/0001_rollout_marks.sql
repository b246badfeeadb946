CREATE TABLE "monitor"."rollout_mark" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"attempt" integer NOT NULL,
	"percent" integer NOT NULL,
	"reason" text,
	"at" bigint NOT NULL,
	CONSTRAINT "rollout_mark_project_model_version_attempt_percent_pk" PRIMARY KEY("project","model","version","attempt","percent")
);
--> statement-breakpoint
CREATE INDEX "rollout_mark_at" ON "monitor"."rollout_mark" USING btree ("project","model","at");