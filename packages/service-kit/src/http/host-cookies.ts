import { stringifySetCookie } from 'cookie';

interface HostCookie {
  name: string;
  value: string;
  maxAgeSeconds: number;
  sameSite: 'lax' | 'strict';
}

/**
 * Cookies of one host alone, out of reach of scripts. On https they are `__Host-` and Secure, so that no
 * other host or subdomain can set them. On plain http, which is for localhost, browsers take neither.
 */
export function hostCookies(origin: string) {
  const secure = origin.startsWith('https:');
  const set = ({ maxAgeSeconds: maxAge, ...cookie }: HostCookie) =>
    stringifySetCookie({ ...cookie, maxAge, path: '/', httpOnly: true, secure });
  return {
    /** As browsers send it. */
    nameOf: (name: string): string => (secure ? `__Host-${name}` : name),
    /** A `Set-Cookie` line. */
    set,
    forget: (name: string): string => set({ name, value: '', maxAgeSeconds: 0, sameSite: 'lax' }),
  };
}
