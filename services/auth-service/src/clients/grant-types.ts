/** RFC 8693 §2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** The kinds of grant that the token endpoint knows, and that a client can be registered for. */
export const GRANT_TYPES = [
  'password',
  'authorization_code',
  'refresh_token',
  'client_credentials',
  TOKEN_EXCHANGE,
] as const;
