export interface TokenSettings {
  profile: 'standard' | 'minimal';
  passwordGrant: boolean;
  accessTokenSeconds: number;
  /** A refresh token that is not used for so long expires. */
  refreshTokenSeconds: number;
  /** So long after its first use it may be used again, if its successor was not used. */
  refreshRetrySeconds: number;
  /** A session ends after so long, however often it is refreshed. */
  sessionSeconds: number;
  /** A person stays signed in at the hosted pages for so long. */
  browserLoginSeconds: number;
}
