ALTER TABLE "automation"."stage" ADD COLUMN "awaits" jsonb;--> statement-breakpoint
ALTER TABLE "automation"."stage" ADD COLUMN "decided_attempt" integer DEFAULT 0 NOT NULL;