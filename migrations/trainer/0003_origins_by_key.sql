ALTER TABLE "trainer"."checkpoint" ADD COLUMN "basis" jsonb;--> statement-breakpoint
ALTER TABLE "trainer"."checkpoint" DROP COLUMN "basis_hash";