-- AlterTable
ALTER TABLE "client" ADD COLUMN     "follows_scopes" BOOLEAN NOT NULL DEFAULT false;
