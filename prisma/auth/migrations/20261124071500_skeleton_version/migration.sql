-- AlterTable
ALTER TABLE "user" ADD COLUMN     "skeleton_version" INTEGER NOT NULL DEFAULT 1;

