import { OAuthProblem } from '../errors.ts';
import type { Prove } from './grant.ts';

/** RFC 6749 §4.4: a client acts for itself. Its authentication is the proof. */
export const clientCredentialsGrant: Prove = async ({ client }) => {
  if (client.authentication === 'none') throw new OAuthProblem('unauthorized_client');
  return {
    subject: { kind: 'client', id: client.id },
    session: { do: 'without' },
    audit: { type: 'token.issued', actor: client.id },
  };
};
