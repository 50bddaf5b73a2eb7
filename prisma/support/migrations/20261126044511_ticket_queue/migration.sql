-- CreateIndex
CREATE INDEX "ticket_owner_updated_at_id_idx" ON "ticket"("owner", "updated_at", "id");

-- CreateIndex
CREATE INDEX "ticket_owner_name_updated_at_id_idx" ON "ticket"("owner_name", "updated_at", "id");

-- CreateIndex
CREATE INDEX "ticket_status_updated_at_id_idx" ON "ticket"("status", "updated_at", "id");

-- CreateIndex
CREATE INDEX "ticket_updated_at_id_idx" ON "ticket"("updated_at", "id");
