-- DropIndex
DROP INDEX "audit_event_actor_at_idx";

-- DropIndex
DROP INDEX "audit_event_subject_at_idx";

-- DropIndex
DROP INDEX "audit_event_type_at_idx";

-- CreateIndex
CREATE INDEX "audit_event_type_id_idx" ON "audit_event"("type", "id");

-- CreateIndex
CREATE INDEX "audit_event_subject_id_idx" ON "audit_event"("subject", "id");

-- CreateIndex
CREATE INDEX "audit_event_actor_id_idx" ON "audit_event"("actor", "id");

-- CreateIndex
CREATE INDEX "audit_event_client_id_id_idx" ON "audit_event"("client_id", "id");
