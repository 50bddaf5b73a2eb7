/**
 * RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6 and §6, OpenID Connect Core Error Code
 * unmet_authentication_requirements 1.0, RFC 8707 §2.
 */
export type AuthorizationErrorCode =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'login_required'
  | 'consent_required'
  | 'unmet_authentication_requirements'
  | 'request_not_supported';

/** Where the client waits for the answer: checked before anything is sent there. */
export interface AnswerTarget {
  redirectUri: string;
  state: string | undefined;
}

/** What the client is told by a redirect. */
export class AuthorizationError extends Error {
  override name = 'AuthorizationError';
  readonly code: AuthorizationErrorCode;
  readonly description: string;
  readonly target: AnswerTarget;

  constructor(target: AnswerTarget, code: AuthorizationErrorCode, description: string) {
    super(code);
    this.code = code;
    this.description = description;
    this.target = target;
  }
}

/** Where to send the browser with an answer; it names the issuer (RFC 9207), errors too. */
export function answerLocation(
  issuer: string,
  { redirectUri, state }: AnswerTarget,
  answer: Record<string, string>,
): string {
  const parameters = new URLSearchParams({ ...answer, ...(state === undefined ? {} : { state }) });
  parameters.set('iss', issuer);
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`;
}
