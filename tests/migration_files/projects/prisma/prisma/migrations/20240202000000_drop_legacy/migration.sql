/*
  Warnings:

  - You are about to drop the column `legacy` on the `users` table.
*/
-- AlterTable
ALTER TABLE "users" DROP COLUMN "legacy";

-- DropTable
DROP TABLE "old_users";
