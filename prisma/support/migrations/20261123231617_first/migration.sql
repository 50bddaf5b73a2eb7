-- CreateEnum
CREATE TYPE "ticket_status" AS ENUM ('open', 'answered', 'closed');

-- CreateTable
CREATE TABLE "ticket" (
    "id" SERIAL NOT NULL,
    "owner" INTEGER NOT NULL,
    "owner_name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "status" "ticket_status" NOT NULL DEFAULT 'open',
    "todo_id" INTEGER,
    "todo_title" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" INTEGER NOT NULL,
    "updated_by_name" TEXT NOT NULL,
    "updated_by_agent" BOOLEAN NOT NULL,

    CONSTRAINT "ticket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" SERIAL NOT NULL,
    "ticket_id" INTEGER NOT NULL,
    "author" INTEGER NOT NULL,
    "author_name" TEXT NOT NULL,
    "author_agent" BOOLEAN NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ticket_owner_id_idx" ON "ticket"("owner", "id");

-- CreateIndex
CREATE INDEX "ticket_owner_name_id_idx" ON "ticket"("owner_name", "id");

-- CreateIndex
CREATE INDEX "ticket_status_id_idx" ON "ticket"("status", "id");

-- CreateIndex
CREATE INDEX "message_ticket_id_id_idx" ON "message"("ticket_id", "id");

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_ticket_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "ticket"("id") ON DELETE CASCADE ON UPDATE CASCADE;
