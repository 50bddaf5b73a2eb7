import { defineProblems, Problem } from '@latchkey/service-kit/http/problems';

export const problems = defineProblems({
  username_taken: { status: 409, detail: 'This username is taken.' },
  user_not_found: { status: 404, detail: 'User not found.' },
  last_admin: {
    status: 409,
    detail: 'This is the last administrator. Give another person the role first.',
  },
  session_not_found: { status: 404, detail: 'Session not found.' },
  app_not_found: { status: 404, detail: 'App not found.' },
  client_not_found: { status: 404, detail: 'Client not found.' },
  client_taken: {
    status: 409,
    detail: 'Another client or a service has this client_id. Choose another one.',
  },
  client_is_username: {
    status: 409,
    detail:
      'A person has this client_id, or one that looks like it, as username. Choose another one.',
  },
  client_is_document: {
    status: 409,
    detail: 'The metadata document of this client says that. It can only be disabled and enabled.',
  },
  client_document_unavailable: {
    status: 503,
    detail: 'The metadata document of this client cannot be fetched.',
  },
  client_has_no_secret: { status: 409, detail: 'This client does not use a secret.' },
  client_is_built_in: {
    status: 409,
    detail: 'This client belongs to the system and cannot be changed here.',
  },
  resource_not_found: { status: 404, detail: 'Resource server not found.' },
  resource_conflict: { status: 409, detail: 'Another service claims the same.' },
  resource_is_username: {
    status: 409,
    detail: 'A person has this name or audience, or one that looks like it, as username.',
  },
  resource_is_client: {
    status: 409,
    detail: 'This name is the client_id of another client. Choose another one.',
  },
  resource_scope_unknown: { status: 400, detail: 'client.scopes: one of them is of no service.' },
  too_many_resources: {
    status: 409,
    detail: 'There are as many resource servers as there can be.',
  },
  bad_authorization_request: { status: 400, detail: 'The authorization request is not valid.' },
  bad_logout_request: { status: 400, detail: 'The sign-out request is not valid.' },
  sign_in_expired: { status: 403, detail: 'The sign-in took too long. Sign in again.' },
  wrong_factor: { status: 401, detail: 'The second factor is not right.' },
  factor_not_found: { status: 404, detail: 'Factor not found.' },
  totp_taken: { status: 409, detail: 'There is an authenticator app already. Remove it first.' },
  totp_unavailable: { status: 404, detail: 'Authenticator apps are not offered here.' },
  too_many_passkeys: { status: 409, detail: 'There are as many passkeys as there can be.' },
  passkey_refused: { status: 401, detail: 'This passkey is not accepted here.' },
  provider_unavailable: { status: 503, detail: 'The other provider cannot be reached right now.' },
  provider_refused: { status: 400, detail: 'The other provider did not say who this is.' },
  provider_taken: { status: 409, detail: 'It is connected with another account here.' },
  provider_only: { status: 409, detail: 'Nothing else would open this account.' },
  form_expired: { status: 403, detail: 'This form is no longer valid. Try once more.' },
  key_not_found: { status: 404, detail: 'Key not found.' },
  key_not_ready: { status: 409, detail: 'The next key has not been published for long enough.' },
  too_many_keys: {
    status: 409,
    detail:
      'The key set has reached the size that verifiers accept. Remove a key, or wait until one expires.',
  },
  no_signing_keys: {
    status: 409,
    detail: 'Tokens are signed with a shared secret, so there are no signing keys.',
  },
  no_backchannel_logout: {
    status: 409,
    detail:
      'Tokens are signed with a shared secret, so no logout token can be sent. Leave out backchannel_logout_uri.',
  },
  password_is_username: {
    status: 400,
    detail: 'The password is the same as the username. Choose another password.',
  },
  no_mail: { status: 409, detail: 'This server sends no mail, so no address can be verified.' },
  email_taken: { status: 409, detail: 'Another account has this email address.' },
  link_not_good: { status: 400, detail: 'This link was used already, or has expired.' },
  wrong_password: { status: 403, detail: 'The current password is wrong.' },
  too_many_requests: { status: 429, detail: 'Too many attempts. Try again later.' },
  too_busy: { status: 503, detail: 'Too many logins at once. Try again in a moment.' },
  signing_unavailable: {
    status: 503,
    detail: 'There is no signing key yet. Try again in a moment.',
  },
  no_status_list: {
    status: 503,
    detail: 'There is no status list to issue a token from yet. Try again in a moment.',
  },
  status_list_not_found: { status: 404, detail: 'Status list not found.' },
  status_lists_unknown: {
    status: 503,
    detail: 'The status lists are not known here now. Try again in a moment.',
  },
  too_many_listeners: { status: 503, detail: 'Too many listeners. Try again in a moment.' },
});

/** RFC 6749 §5.2, RFC 8628 §3.5, RFC 8693 §2.2.2, RFC 8707 §2: `error`, status and `error_description`. */
const OAUTH_ERRORS = {
  invalid_request: [400, 'The request is not valid.'],
  invalid_client: [401, 'Client authentication failed.'],
  invalid_grant: [400, 'The grant is not valid, has expired or was revoked.'],
  wrong_login: [401, 'Could not validate user.'],
  unauthorized_client: [400, 'This client may not use this grant.'],
  unsupported_grant_type: [400, 'This grant type is not supported.'],
  invalid_scope: [400, 'None of the requested scopes can be granted.'],
  invalid_target: [400, 'The requested resource or audience is unknown.'],
  authorization_pending: [400, 'The person has not decided yet.'],
  slow_down: [400, 'Wait 5 seconds longer between two requests.'],
  access_denied: [400, 'The person did not allow it.'],
  expired_token: [400, 'The device code has expired.'],
  server_error: [500, 'Something went wrong on our side. Try again later.'],
  temporarily_unavailable: [503, 'The service cannot answer right now. Try again soon.'],
} as const;

type OAuthErrorCode = keyof typeof OAUTH_ERRORS;

interface OAuthExtras {
  detail?: string;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An answer of a token route: JSON after RFC 6749 §5.2, with `detail` as FastAPI's clients read it. */
export class OAuthProblem extends Problem {
  constructor(code: OAuthErrorCode, extras: OAuthExtras = {}) {
    const [status, detail] = OAUTH_ERRORS[code];
    const { headers, cause } = extras;
    super(
      code,
      { status: extras.status ?? status, detail: extras.detail ?? detail },
      { headers: { Pragma: 'no-cache', ...headers }, cause },
    );
  }

  override get contentType(): string {
    return 'application/json';
  }

  override toJSON() {
    const error = this.code === 'wrong_login' ? 'invalid_grant' : this.code;
    return { error, error_description: describable(this.detail), detail: this.detail };
  }
}

/** The same words whether or not the person exists. */
export const wrongLogin = () =>
  new OAuthProblem('wrong_login', {
    headers: { 'WWW-Authenticate': 'Bearer realm="auth-service"' },
  });

/** What a token was about to be issued for has changed since it was read. */
export const changedMeanwhile = () =>
  new OAuthProblem('temporarily_unavailable', {
    detail: 'The roles or the client changed just now. Try again.',
    headers: { 'Retry-After': '1' },
  });

/** RFC 6749 §5.2 keeps `error_description` to printable ASCII without quotes and backslashes. */
const describable = (text: string) => text.replaceAll(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?');

/** A problem raised before the OAuth route ran, as an error of RFC 6749. */
export function toOAuthProblem(problem: Problem): Problem {
  if (problem instanceof OAuthProblem) return problem;
  const { status, detail, headers } = problem;
  const extras = { status, detail, headers, cause: problem };
  if (status === 503 || status === 429) return new OAuthProblem('temporarily_unavailable', extras);
  return new OAuthProblem(status >= 500 ? 'server_error' : 'invalid_request', extras);
}
