/** What a person proved of who they are, and when. */
export interface Authentication {
  authTime: Date;
  /** RFC 8176. */
  amr: readonly string[];
}

/** How strong a sign-in can be, the weakest first: by one factor, by two (NIST SP 800-63B). */
export const ACR_VALUES = ['aal1', 'aal2'] as const;
export type Acr = (typeof ACR_VALUES)[number];

export const acrOf = (amr: readonly string[]): Acr => (amr.includes('mfa') ? 'aal2' : 'aal1');

/** Those that are as strong, or stronger. */
export const atLeast = (acr: Acr): Acr[] => ACR_VALUES.slice(ACR_VALUES.indexOf(acr));

/** As tokens say it (OpenID Connect Core §2, RFC 9068 §2.2.1). */
export const authenticationClaims = ({ authTime, amr }: Authentication) => ({
  auth_time: Math.floor(authTime.getTime() / 1000),
  acr: acrOf(amr),
  amr,
});
