ALTER TABLE "posts" ADD COLUMN "published" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "posts_user_id" ON "posts" USING btree ("user_id");--> statement-breakpoint
UPDATE "posts" SET "published" = true WHERE "title" LIKE 'A%';
