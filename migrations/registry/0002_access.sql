CREATE TABLE "registry"."api_key" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	"created_by" text NOT NULL,
	"expires_at" bigint,
	"last_used_at" bigint,
	"revoked_at" bigint,
	CONSTRAINT "api_key_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "registry"."approval" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"alias" text NOT NULL,
	"attempt" integer NOT NULL,
	"run_id" text NOT NULL,
	"state" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" bigint NOT NULL,
	"decided_by" text,
	"decided_at" bigint,
	"comment" text,
	CONSTRAINT "approval_project_model_version_alias_attempt_pk" PRIMARY KEY("project","model","version","alias","attempt")
);
--> statement-breakpoint
CREATE TABLE "registry"."audit_head" (
	"project" text PRIMARY KEY NOT NULL,
	"seq" integer NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."audit" (
	"project" text NOT NULL,
	"seq" integer NOT NULL,
	"at" bigint NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"detail" text NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_project_seq_pk" PRIMARY KEY("project","seq")
);
--> statement-breakpoint
CREATE TABLE "registry"."project" (
	"name" text PRIMARY KEY NOT NULL,
	"limits" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."protected_alias" (
	"project" text NOT NULL,
	"model" text NOT NULL,
	"alias" text NOT NULL,
	CONSTRAINT "protected_alias_project_model_alias_pk" PRIMARY KEY("project","model","alias")
);
--> statement-breakpoint
CREATE INDEX "api_key_project_created_at_index" ON "registry"."api_key" USING btree ("project","created_at");