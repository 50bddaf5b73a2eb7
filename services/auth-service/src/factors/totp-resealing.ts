import type { Log } from '@latchkey/service-kit/process/log';
import type { FactorRepository } from './factor-repository.ts';
import type { TotpSecrets } from './totp-secrets.ts';

const BATCH = 500;
const RETRY_MS = 10_000;

type TotpRows = Pick<FactorRepository, 'listTotpToReseal' | 'resealTotp'>;

/**
 * Seals with the current key what the one before it sealed, so that that one can go. Several instances
 * may do this at once. What neither key opens is left as it is.
 */
export async function resealTotpSecrets(factors: TotpRows, secrets: TotpSecrets): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await factors.listTotpToReseal(secrets, { after, take: BATCH });
    for (const row of rows) {
      const { userId } = row;
      await factors.resealTotp(row, secrets.seal(userId, secrets.open(userId, row)));
      after = userId;
    }
    if (rows.length < BATCH) return;
  }
}

/** Beside the service, so that it does not delay the start; retried until it is done. */
export function resealTotpSecretsInBackground(
  factors: TotpRows,
  secrets: TotpSecrets,
  log: Log,
): void {
  resealTotpSecrets(factors, secrets).catch((err) => {
    log.warn({ err }, 'secrets of authenticator apps not sealed anew yet');
    setTimeout(() => resealTotpSecretsInBackground(factors, secrets, log), RETRY_MS).unref();
  });
}
