import type { Caller } from '../caller.ts';
import { authenticateClient, type ClientCredentials } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { OAuthProblem } from '../errors.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { exchangeGrant } from './exchange-grant.ts';
import type { GrantDependencies, GrantHandler, TokenAnswer } from './grant.ts';
import { passwordGrant } from './password-grant.ts';
import { refreshGrant } from './refresh-grant.ts';
import { TOKEN_EXCHANGE, type TokenParameters } from './token-request.ts';

const HANDLERS: Readonly<Record<string, GrantHandler>> = {
  password: passwordGrant,
  refresh_token: refreshGrant,
  client_credentials: clientCredentialsGrant,
  [TOKEN_EXCHANGE]: exchangeGrant,
};

/** The grants that this configuration offers. */
export function grantTypesOf({ settings }: Pick<GrantDependencies, 'settings'>): string[] {
  return Object.keys(HANDLERS).filter(
    (type) =>
      (type !== 'password' || settings.passwordGrant) &&
      (type !== TOKEN_EXCHANGE || settings.profile === 'standard'),
  );
}

export type TokenOperations = ReturnType<typeof tokenOperations>;

export function tokenOperations(deps: GrantDependencies) {
  const offered = new Set(grantTypesOf(deps));

  return {
    /**
     * The token endpoint (RFC 6749 §3.2): chooseGrant -> authenticateClient -> allowGrant -> grant.
     * A login has its turn before the first query.
     */
    async issue(
      parameters: TokenParameters,
      authorization: string | undefined,
      caller: Caller,
    ): Promise<TokenAnswer> {
      const grantType = parameters.get('grant_type') ?? 'password';
      const grant = chooseGrant(grantType);
      const handle = async () => {
        const client = await authenticateClient(deps, credentialsOf(parameters, authorization));
        allowGrant(client, grantType);
        return grant(deps, { parameters, client, caller });
      };
      return grantType === 'password' ? deps.limits.inTurn(caller, handle) : handle();
    },
  };

  function chooseGrant(grantType: string): GrantHandler {
    const handler = offered.has(grantType) ? HANDLERS[grantType] : undefined;
    if (!handler) throw new OAuthProblem('unsupported_grant_type');
    return handler;
  }
}

/** Only our own pages and tools may take a person's password (RFC 9700 §2.4). */
function allowGrant(client: Client, grantType: string): void {
  const allowed = client.grantTypes.includes(grantType);
  if (!allowed || (grantType === 'password' && !client.firstParty)) {
    throw new OAuthProblem('unauthorized_client');
  }
}

export const credentialsOf = (
  parameters: TokenParameters,
  authorization: string | undefined,
): ClientCredentials => ({
  authorization,
  clientId: parameters.get('client_id'),
  clientSecret: parameters.get('client_secret'),
  assertionType: parameters.get('client_assertion_type'),
  assertion: parameters.get('client_assertion'),
});
