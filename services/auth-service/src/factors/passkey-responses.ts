import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { decodeClientDataJSON } from '@simplewebauthn/server/helpers';
import { z } from 'zod';

export type Assertion = AuthenticationResponseJSON;
export type Attestation = RegistrationResponseJSON;

/** Web Authentication Level 3 §5.4: an id has 1023 bytes at most. */
export const credentialId = z.base64url().min(1).max(1_364);
const credential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  clientExtensionResults: z.looseObject({}).prefault({}),
};
const clientDataJSON = z.base64url();

/** As `PublicKeyCredential.toJSON()` writes them. What else is wrong, the verification finds. */
const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    authenticatorData: z.base64url(),
    signature: z.base64url(),
    userHandle: z.base64url().optional(),
  }),
});
const attestation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    attestationObject: z.base64url(),
    transports: z
      .array(z.string().regex(/^[\w-]{1,32}$/))
      .max(16)
      .optional(),
  }),
});

function read<Schema extends z.ZodType>(schema: Schema, text: string) {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const readAssertion = (text: string) => read(assertion, text) as Assertion | undefined;
export const readAttestation = (text: string) => read(attestation, text) as Attestation | undefined;

export function challengeIn({ response }: Assertion | Attestation): string | undefined {
  try {
    return decodeClientDataJSON(response.clientDataJSON).challenge;
  } catch {
    return undefined;
  }
}
