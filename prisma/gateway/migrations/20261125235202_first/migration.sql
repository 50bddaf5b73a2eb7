-- CreateTable
CREATE TABLE "browser_session" (
    "hash" BYTEA NOT NULL,
    "username" TEXT NOT NULL,
    "sealed_tokens" BYTEA NOT NULL,
    "refreshing_scope" TEXT,
    "refreshing_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "browser_session_username_created_at_idx" ON "browser_session"("username", "created_at");

-- CreateIndex
CREATE INDEX "browser_session_expires_at_idx" ON "browser_session"("expires_at");
