CREATE TABLE "automation"."rule_firing" (
	"project" text NOT NULL,
	"rule_id" text NOT NULL,
	"event_id" text NOT NULL,
	"event_type" text NOT NULL,
	"action" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"outcome" text NOT NULL,
	"detail" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "rule_firing_project_rule_id_event_id_pk" PRIMARY KEY("project","rule_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "automation"."rule" (
	"project" text NOT NULL,
	"id" text NOT NULL,
	"enabled" boolean NOT NULL,
	"rule" jsonb,
	CONSTRAINT "rule_project_id_pk" PRIMARY KEY("project","id")
);
--> statement-breakpoint
CREATE INDEX "rule_firing_project_rule_id_at_index" ON "automation"."rule_firing" USING btree ("project","rule_id","at");