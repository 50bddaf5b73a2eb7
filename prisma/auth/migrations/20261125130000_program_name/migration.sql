-- CreateTable
CREATE TABLE "program_name" (
    "name" TEXT NOT NULL,
    "skeleton" TEXT NOT NULL,
    "skeleton_version" INTEGER NOT NULL,

    CONSTRAINT "program_name_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "program_name_skeleton_idx" ON "program_name"("skeleton");
