-- AlterTable
ALTER TABLE "User" DROP COLUMN "mood";
