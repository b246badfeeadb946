ALTER TABLE "automation"."run" ADD COLUMN "error_code" text;--> statement-breakpoint
ALTER TABLE "automation"."stage" ADD COLUMN "worked_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "automation"."stage" ADD COLUMN "seen_at" bigint;