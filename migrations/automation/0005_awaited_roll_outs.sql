ALTER TABLE "automation"."stage" ADD COLUMN "rollout" jsonb;--> statement-breakpoint
ALTER TABLE "automation"."stage" ADD COLUMN "unanswered" jsonb;