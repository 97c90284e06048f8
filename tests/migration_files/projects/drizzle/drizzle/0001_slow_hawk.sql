ALTER TABLE "notes" ADD COLUMN "body" text;--> statement-breakpoint
ALTER TABLE "notes" DROP COLUMN "title";