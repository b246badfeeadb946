CREATE SCHEMA "monitor";
--> statement-breakpoint
CREATE TABLE "monitor"."alert" (
	"project" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"title" text NOT NULL,
	"value" double precision NOT NULL,
	"threshold" double precision NOT NULL,
	"window_start" bigint NOT NULL,
	"window_end" bigint NOT NULL,
	"evidence" jsonb NOT NULL,
	"raised_at" bigint NOT NULL,
	"resolved_at" bigint,
	"acknowledged_at" bigint,
	"acknowledged_by" text,
	CONSTRAINT "alert_project_id_pk" PRIMARY KEY("project","id")
);
--> statement-breakpoint
CREATE TABLE "monitor"."feedback" (
	"project" text NOT NULL,
	"id" text NOT NULL,
	"completion_id" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"rating" smallint NOT NULL,
	"comment" text,
	"given_by" text NOT NULL,
	"given_at" bigint NOT NULL,
	CONSTRAINT "feedback_project_id_pk" PRIMARY KEY("project","id")
);
--> statement-breakpoint
CREATE TABLE "monitor"."watch" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"judged_until" bigint NOT NULL,
	"state" jsonb NOT NULL,
	CONSTRAINT "watch_project_model_version_pk" PRIMARY KEY("project","model","version")
);
--> statement-breakpoint
CREATE TABLE "monitor"."traffic_window" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"gateway" text NOT NULL,
	"window_start" bigint NOT NULL,
	"window_ms" integer NOT NULL,
	"real" jsonb NOT NULL,
	"synthetic" jsonb NOT NULL,
	CONSTRAINT "traffic_window_project_model_version_window_start_gateway_pk" PRIMARY KEY("project","model","version","window_start","gateway")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "alert_open" ON "monitor"."alert" USING btree ("project","model","version","kind") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "feedback_model" ON "monitor"."feedback" USING btree ("project","model","given_at");--> statement-breakpoint
CREATE INDEX "traffic_window_start" ON "monitor"."traffic_window" USING btree ("window_start");