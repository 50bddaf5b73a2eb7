import type { Tx } from '../database.ts';

/** Access tokens that were revoked before they expired. */
export function revokedTokenRepository(db: Tx) {
  return {
    async add(jti: string, expiresAt: Date): Promise<void> {
      await db.revokedToken.createMany({ data: [{ jti, expiresAt }], skipDuplicates: true });
    },
  };
}
