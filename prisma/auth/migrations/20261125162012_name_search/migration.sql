-- DropIndex
DROP INDEX "user_canonical_name_idx";

-- CreateIndex
CREATE INDEX "user_canonical_name_idx" ON "user"("canonical_name" text_pattern_ops);
