-- AlterTable
ALTER TABLE "session" ADD COLUMN     "follows_scopes" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "resource_server" (
    "name" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "roles" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_server_pkey" PRIMARY KEY ("name")
);
