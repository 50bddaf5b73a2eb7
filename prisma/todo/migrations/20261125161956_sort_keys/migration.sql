-- CreateIndex
CREATE INDEX "todo_owner_priority_id_idx" ON "todo"("owner", "priority", "id");

-- CreateIndex
CREATE INDEX "todo_owner_title_id_idx" ON "todo"("owner", "title", "id");

-- CreateIndex
CREATE INDEX "todo_owner_created_at_id_idx" ON "todo"("owner", "created_at", "id");
