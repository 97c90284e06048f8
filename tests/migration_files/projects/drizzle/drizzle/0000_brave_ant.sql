CREATE TABLE "notes" (
	"id" serial PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE INDEX "notes_id" ON "notes" ("id")