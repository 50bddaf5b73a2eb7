-- AlterTable
ALTER TABLE "pending_login" ADD COLUMN     "auth_time" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "provider_sign_in" ADD COLUMN     "auth_time" TIMESTAMPTZ(3),
ADD COLUMN     "must_prove" BOOLEAN NOT NULL DEFAULT false;
