-- AlterTable
ALTER TABLE "user" ADD COLUMN     "canonical_name" TEXT;

-- CreateIndex
CREATE INDEX "user_canonical_name_idx" ON "user"("canonical_name");
