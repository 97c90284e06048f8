"""A blog's migrations, as Prisma writes them."""
MIGRATIONS = {
    "20240101000000_init": """-- CreateEnum
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');

-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'USER',

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Post" (
    "id" SERIAL NOT NULL,
    "title" TEXT NOT NULL,
    "authorId" INTEGER NOT NULL,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
""",
    "20240102000000_views": """-- AlterTable
ALTER TABLE "Post" ADD COLUMN     "views" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "slug" TEXT;
UPDATE "Post" SET "slug" = lower("title") WHERE "slug" IS NULL;
""",
}
TAGS = {"20240103000000_tags": """-- CreateTable
CREATE TABLE "Tag" (
    "id" SERIAL NOT NULL,
    CONSTRAINT "Tag_pkey" PRIMARY KEY ("id")
);
"""}
ROWS = """
  INSERT INTO "User" ("email", "role") SELECT 'u' || n || '@example.com', 'ADMIN' FROM generate_series(1, 30) AS n;
  INSERT INTO "Post" ("title", "authorId", "views") SELECT 'Title ' || id, id, id FROM "User"
"""
