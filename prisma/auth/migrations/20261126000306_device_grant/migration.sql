-- CreateTable
CREATE TABLE "device_authorization" (
    "hash" BYTEA NOT NULL,
    "user_code_hash" BYTEA NOT NULL,
    "client_id" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "device" TEXT,
    "address" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "interval_seconds" INTEGER NOT NULL,
    "polled_at" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),
    "user_id" INTEGER,
    "scope" TEXT,
    "follows_scopes" BOOLEAN NOT NULL DEFAULT false,
    "auth_time" TIMESTAMPTZ(3),
    "amr" TEXT[],
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_authorization_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_authorization_user_code_hash_key" ON "device_authorization"("user_code_hash");

-- CreateIndex
CREATE INDEX "device_authorization_user_id_idx" ON "device_authorization"("user_id");

-- CreateIndex
CREATE INDEX "device_authorization_expires_at_idx" ON "device_authorization"("expires_at");
