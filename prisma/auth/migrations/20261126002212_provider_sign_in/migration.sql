-- CreateTable
CREATE TABLE "provider_identity" (
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "user_id" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_identity_pkey" PRIMARY KEY ("issuer","subject")
);

-- CreateTable
CREATE TABLE "provider_sign_in" (
    "hash" BYTEA NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "nonce" TEXT NOT NULL,
    "code_verifier" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "user_id" INTEGER,
    "subject" TEXT,
    "answered_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_sign_in_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "provider_identity_user_id_idx" ON "provider_identity"("user_id");

-- CreateIndex
CREATE INDEX "provider_sign_in_expires_at_idx" ON "provider_sign_in"("expires_at");
