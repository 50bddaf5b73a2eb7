import type { Log } from '@latchkey/service-kit/process/log';
import type { FactorRepository } from './factor-repository.ts';
import type { SealedTotpSecret, TotpSecrets } from './totp-secrets.ts';

const BATCH = 500;

type TotpRows = Pick<FactorRepository, 'listTotpToReseal' | 'resealTotp'>;

/**
 * Seals with the current key what the one before it sealed, so that that one can go. Several instances
 * may do this at once. What neither key opens is left as it is, with a line in the log.
 */
export async function resealTotpSecrets(
  factors: TotpRows,
  secrets: TotpSecrets,
  log: Pick<Log, 'warn'>,
): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await factors.listTotpToReseal(secrets, { after, take: BATCH });
    for (const row of rows) {
      const { userId } = row;
      after = userId;
      const sealed = sealedAnew(row, secrets, log);
      if (sealed) await factors.resealTotp(row, sealed);
    }
    if (rows.length < BATCH) return;
  }
}

function sealedAnew(
  row: SealedTotpSecret & { userId: number },
  secrets: TotpSecrets,
  log: Pick<Log, 'warn'>,
): SealedTotpSecret | undefined {
  const { userId } = row;
  try {
    return secrets.seal(userId, secrets.open(userId, row));
  } catch (err) {
    log.warn({ err, userId }, 'the secret of an authenticator app cannot be unsealed');
    return undefined;
  }
}
