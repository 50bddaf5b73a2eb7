-- AlterTable
ALTER TABLE "client" ADD COLUMN     "post_logout_uris" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "browser_login_id" UUID;

-- CreateTable
CREATE TABLE "browser_login" (
    "id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "user_id" INTEGER NOT NULL,
    "auth_time" TIMESTAMPTZ(3) NOT NULL,
    "amr" TEXT[],
    "request_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "browser_login_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pushed_request" (
    "hash" BYTEA NOT NULL,
    "client_id" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "browser_hash" BYTEA,

    CONSTRAINT "pushed_request_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "authorization_code" (
    "hash" BYTEA NOT NULL,
    "client_id" TEXT NOT NULL,
    "user_id" INTEGER NOT NULL,
    "browser_login_id" UUID NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "code_challenge" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "follows_scopes" BOOLEAN NOT NULL,
    "nonce" TEXT,
    "auth_time" TIMESTAMPTZ(3) NOT NULL,
    "amr" TEXT[],
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "session_id" UUID,

    CONSTRAINT "authorization_code_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "consent" (
    "user_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "granted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("user_id","client_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "browser_login_hash_key" ON "browser_login"("hash");

-- CreateIndex
CREATE INDEX "browser_login_user_id_idx" ON "browser_login"("user_id");

-- CreateIndex
CREATE INDEX "browser_login_expires_at_idx" ON "browser_login"("expires_at");

-- CreateIndex
CREATE INDEX "pushed_request_expires_at_idx" ON "pushed_request"("expires_at");

-- CreateIndex
CREATE INDEX "authorization_code_expires_at_idx" ON "authorization_code"("expires_at");

-- CreateIndex
CREATE INDEX "session_browser_login_id_idx" ON "session"("browser_login_id");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_browser_login_id_fkey" FOREIGN KEY ("browser_login_id") REFERENCES "browser_login"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "browser_login" ADD CONSTRAINT "browser_login_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
