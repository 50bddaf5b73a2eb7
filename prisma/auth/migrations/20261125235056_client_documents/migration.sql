-- AlterTable
ALTER TABLE "client" ADD COLUMN     "document_expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "document_fetched_at" TIMESTAMPTZ(3);
