import { hostCookies } from '@latchkey/service-kit/http/host-cookies';
import { isSecret } from '@latchkey/service-kit/http/secrets';
import { parseCookie } from 'cookie';
import { z } from 'zod';

/** How long a person may take on the sign-in pages. */
const SIGN_IN_SECONDS = 1_800;
/** Of the sign-ins that a browser has begun, one in each tab; with more the oldest are forgotten. */
const MAX_SIGN_INS = 5;

const signInSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
});

/** What has to come back with the person, and where they go then. */
export type SignIn = z.output<typeof signInSchema>;

export type SessionCookies = ReturnType<typeof sessionCookies>;

export function sessionCookies(issuer: string) {
  const { nameOf, set, forget } = hostCookies(issuer);
  const sessionName = nameOf('latchkey-session');
  const signInPrefix = nameOf('latchkey-sign-in-');
  const signInName = (state: string) => `${signInPrefix}${state.slice(0, 16)}`;

  return {
    /** Undefined for none, and for what cannot be one of ours. */
    session(header: string | undefined): string | undefined {
      // Requests are many, and most of those with cookies have none of ours.
      if (!header?.includes(sessionName)) return undefined;
      const value = parseCookie(header)[sessionName];
      return isSecret(value) ? value : undefined;
    },
    keepSession: (value: string, maxAgeSeconds: number) =>
      set({ name: sessionName, value, maxAgeSeconds, sameSite: 'strict' }),
    forgetSession: () => forget(sessionName),

    signIn(header: string | undefined, state: string): SignIn | undefined {
      const value = parseCookie(header ?? '')[signInName(state)];
      const { data } = signInSchema.safeParse(fromBase64Url(value));
      return data?.state === state ? data : undefined;
    },
    /** Back from the sign-in pages, which may have led elsewhere: so it is Lax. */
    keepSignIn(header: string | undefined, signIn: SignIn): string[] {
      const begun = Object.keys(parseCookie(header ?? '')).filter((name) =>
        name.startsWith(signInPrefix),
      );
      const value = Buffer.from(JSON.stringify(signIn)).toString('base64url');
      const name = signInName(signIn.state);
      return [
        ...begun.slice(0, Math.max(0, begun.length + 1 - MAX_SIGN_INS)).map(forget),
        set({ name, value, maxAgeSeconds: SIGN_IN_SECONDS, sameSite: 'lax' }),
      ];
    },
    forgetSignIn: (state: string) => forget(signInName(state)),
  };
}

function fromBase64Url(text: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
