-- CreateTable
CREATE TABLE "browser_session" (
    "hash" BYTEA NOT NULL,
    "username" TEXT NOT NULL,
    "session_id" UUID,
    "sealed_tokens" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "browser_session_expires_at_idx" ON "browser_session"("expires_at");
