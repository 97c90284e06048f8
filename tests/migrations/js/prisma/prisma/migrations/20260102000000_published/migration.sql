-- AlterTable
ALTER TABLE "Post" ADD COLUMN     "published" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "Post_userId_idx" ON "Post"("userId");

-- What was there already
UPDATE "Post" SET "published" = true WHERE "title" LIKE 'A%';
