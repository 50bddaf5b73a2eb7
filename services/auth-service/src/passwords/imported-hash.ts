import { isBcrypt } from './bcrypt.ts';

/** One login with a hash takes what the hash says: bounded, so that it cannot hold up the others. */
const MAX_BCRYPT_COST = 14;
const MAX_ARGON2 = { memoryKib: 262_144, passes: 16, lanes: 16 };

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

/** Why a hash from elsewhere is of no use here; undefined when it is. Never says the hash. */
export function hashProblem(passwordHash: string): string | undefined {
  return isBcrypt(passwordHash) ? bcryptProblem(passwordHash) : argon2Problem(passwordHash);
}

function bcryptProblem(passwordHash: string): string | undefined {
  const cost = Number(BCRYPT.exec(passwordHash)?.[1]);
  if (Number.isNaN(cost)) return 'is not a whole hash of bcrypt';
  return cost >= 4 && cost <= MAX_BCRYPT_COST
    ? undefined
    : `is a hash of bcrypt with a cost beyond 4 to ${MAX_BCRYPT_COST}`;
}

function argon2Problem(passwordHash: string): string | undefined {
  const [memoryKib = 0, passes = 0, lanes = 0] = (ARGON2ID.exec(passwordHash) ?? [])
    .slice(1)
    .map(Number);
  if (lanes < 1) return 'is neither a hash of bcrypt nor one of argon2id';
  const { memoryKib: most, passes: mostPasses, lanes: mostLanes } = MAX_ARGON2;
  const isBounded =
    memoryKib >= 8 * lanes &&
    memoryKib <= most &&
    passes >= 1 &&
    passes <= mostPasses &&
    lanes <= mostLanes;
  return isBounded
    ? undefined
    : `is a hash of argon2id beyond m=${most}, t=${mostPasses}, p=${mostLanes}`;
}
