-- Few rows hold an answer at any time; housekeeping finds them without reading the others.
CREATE INDEX "refresh_token_sealed" ON "refresh_token"("used_at") WHERE "sealed_answer" IS NOT NULL;
