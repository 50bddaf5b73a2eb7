import type { Store, Transaction } from '../store.ts';
import { hashOfRecoveryCode } from './recovery-code.ts';
import { readTotpCode, stepOfCode } from './totp.ts';
import type { TotpSecrets } from './totp-secrets.ts';

/** What a person gives as proof. */
export type GivenFactor = { kind: 'totp' | 'recovery_code'; code: string };

/** Right, and not used yet. */
export interface ProvenFactor {
  kind: GivenFactor['kind'];
  /** RFC 8176. */
  amr: string[];
  /** Uses it up. @returns what the audit record says of it; undefined when it was used meanwhile */
  use(repositories: Transaction): Promise<Record<string, number | string> | undefined>;
}

/** Undefined for what is not right. */
export type VerifyFactor = (
  userId: number,
  given: GivenFactor,
) => Promise<ProvenFactor | undefined>;

interface Dependencies {
  /** Absent without a key-encryption key. */
  secrets: TotpSecrets | undefined;
  now: () => number;
}

export function factorVerification(
  { factors }: Pick<Store, 'factors'>,
  { secrets, now }: Dependencies,
): VerifyFactor {
  const totp = async (userId: number, typed: string): Promise<ProvenFactor | undefined> => {
    const code = readTotpCode(typed);
    const row = code === undefined ? null : await factors.findTotp(userId);
    if (code === undefined || !row || !secrets) return undefined;
    const step = stepOfCode(secrets.open(userId, row), code, now());
    if (step === undefined) return undefined;
    return {
      kind: 'totp',
      amr: ['otp'],
      async use({ factors }) {
        return (await factors.takeTotpStep(userId, step, new Date(now()))) ? {} : undefined;
      },
    };
  };

  const recoveryCode = (userId: number, typed: string): ProvenFactor => ({
    kind: 'recovery_code',
    amr: ['kba'],
    async use({ factors }) {
      const isTaken = await factors.takeRecoveryCode(userId, hashOfRecoveryCode(typed));
      return isTaken ? { left: await factors.countRecoveryCodes(userId) } : undefined;
    },
  });

  return async (userId, given) =>
    given.kind === 'totp' ? totp(userId, given.code) : recoveryCode(userId, given.code);
}
