import { hkdfSync } from 'node:crypto';
import { newSecret } from '@latchkey/service-kit/http/secrets';
import { seal, unseal } from '../keys/key-encryption.ts';

/** Uses of one token within this time, by several tabs or a repeated request, get the same answer. */
export const SAME_ANSWER_WINDOW_MS = 10_000;

const PREFIX = 'rt_';

export const newRefreshToken = (): string => PREFIX + newSecret();

export const looksLikeRefreshToken = (text: string): boolean => /^rt_[\w-]{43}$/.test(text);

const CONTEXT = 'answer to a refresh';

/** Only who has the token can open what it was exchanged for: no usable token rests in the clear. */
const answerKey = (token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, '', CONTEXT, 32));

export const sealAnswer = (token: string, answer: object): Uint8Array<ArrayBuffer> =>
  seal(answerKey(token), CONTEXT, Buffer.from(JSON.stringify(answer)));

export const openAnswer = <T>(token: string, sealed: Uint8Array): T =>
  JSON.parse(unseal(answerKey(token), CONTEXT, sealed).toString('utf8')) as T;
