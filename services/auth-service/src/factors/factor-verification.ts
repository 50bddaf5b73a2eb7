import type { Store, Transaction } from '../store.ts';
import { type ChallengeFor, methodOf, type PasskeyCeremonies } from './passkey-ceremonies.ts';
import type { Passkey } from './passkey-repository.ts';
import { readAssertion } from './passkey-responses.ts';
import { hashOfRecoveryCode } from './recovery-code.ts';
import { readTotpCode, stepOfCode } from './totp.ts';
import type { TotpSecrets } from './totp-secrets.ts';

/** What a person gives as proof. */
export type GivenFactor = { kind: 'totp' | 'recovery_code'; code: string } | GivenPasskey;

export interface GivenPasskey {
  kind: 'passkey';
  /** As the browser's script sends it. */
  credential: string;
  browserHash: ChallengeFor['browserHash'];
}

/** Right, and not used yet. */
export interface ProvenFactor {
  kind: GivenFactor['kind'];
  /** RFC 8176. */
  amr: string[];
  /** Uses it up. @returns what the audit record says of it; undefined when it was used meanwhile */
  use(repositories: Transaction): Promise<Record<string, number | string> | undefined>;
}

/** All return undefined for what is not right. */
export type FactorVerification = ReturnType<typeof factorVerification>;

interface Dependencies {
  /** Absent without a key-encryption key. */
  secrets: TotpSecrets | undefined;
  ceremonies: Pick<PasskeyCeremonies, 'verifyAssertion'>;
  now: () => number;
}

export function factorVerification(
  { factors, passkeys }: Pick<Store, 'factors' | 'passkeys'>,
  { secrets, ceremonies, now }: Dependencies,
) {
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

  const findPasskey = async ({ credential }: GivenPasskey): Promise<Passkey | undefined> => {
    const response = readAssertion(credential);
    return (response && (await passkeys.find(response.id))) ?? undefined;
  };

  const passkey = async (
    known: Passkey,
    { credential, browserHash }: GivenPasskey,
    bound: Pick<ChallengeFor, 'purpose' | 'userId'>,
  ): Promise<ProvenFactor | undefined> => {
    const response = readAssertion(credential);
    const used =
      response && (await ceremonies.verifyAssertion(response, known, { ...bound, browserHash }));
    if (!used) return undefined;
    const { id, name } = known;
    return {
      kind: 'passkey',
      amr: methodOf(known),
      async use({ passkeys }) {
        return (await passkeys.use(id, { ...used, at: new Date(now()) })) ? { name } : undefined;
      },
    };
  };

  return {
    findPasskey,

    /** As the first factor: its owner is who signs in. */
    firstFactor: (known: Passkey, given: GivenPasskey): Promise<ProvenFactor | undefined> =>
      passkey(known, given, { purpose: 'sign_in', userId: undefined }),

    async secondFactor(userId: number, given: GivenFactor): Promise<ProvenFactor | undefined> {
      if (given.kind !== 'passkey') {
        return given.kind === 'totp' ? totp(userId, given.code) : recoveryCode(userId, given.code);
      }
      const known = await findPasskey(given);
      return known?.userId === userId
        ? passkey(known, given, { purpose: 'second_factor', userId })
        : undefined;
    },
  };
}
