-- AlterTable
ALTER TABLE "client" ADD COLUMN     "backchannel_logout_session_required" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "backchannel_logout_uri" TEXT;

-- CreateTable
CREATE TABLE "logout_notice" (
    "id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "logout_notice_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "logout_notice_client_id_next_attempt_at_idx" ON "logout_notice"("client_id", "next_attempt_at");

-- CreateIndex
CREATE INDEX "logout_notice_expires_at_idx" ON "logout_notice"("expires_at");
