-- CreateTable
CREATE TABLE "status_list" (
    "id" SERIAL NOT NULL,
    "size" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_list_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "status_change" (
    "list_id" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "indices" INTEGER[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "status_change_pkey" PRIMARY KEY ("list_id","seq")
);

-- CreateTable
CREATE TABLE "issued_token" (
    "list_id" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "session_id" UUID,
    "client_id" TEXT NOT NULL,
    "login_client_id" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "issued_token_pkey" PRIMARY KEY ("list_id","idx")
);

-- CreateIndex
CREATE INDEX "status_list_expires_at_idx" ON "status_list"("expires_at");

-- CreateIndex
CREATE INDEX "issued_token_session_id_idx" ON "issued_token"("session_id");

-- What it said is issued_token.revoked_at now
DROP TABLE "revoked_token";
