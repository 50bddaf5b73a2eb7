import { z } from 'zod';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s,*]+$/;

/** An origin as a browser sends it in `Origin`: scheme, host, and a port unless it is the usual one. */
export const webOrigin = z.string().superRefine((text, context) => {
  const fault = faultOf(text);
  if (fault) context.addIssue({ code: 'custom', message: fault });
});

/** Origins in one environment variable, separated by commas. */
export const webOrigins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .superRefine((origins, context) => {
    for (const fault of origins.flatMap((origin) => faultOf(origin) ?? [])) {
      context.addIssue({ code: 'custom', message: fault });
    }
  });

function faultOf(text: string): string | undefined {
  if (text.includes('*')) return 'must name each origin; * is not allowed';
  if (text === 'null') return 'must name an origin; null stands for every sandboxed page';
  const written = writtenByBrowsers(text);
  if (written === text) return undefined;
  const instead = written === undefined ? 'an origin like https://app.example' : written;
  return `must be ${instead}, not ${JSON.stringify(text.slice(0, 80))}`;
}

/** The spelling that browsers use, if there is one: `https://App.example:443/` is `https://app.example`. */
function writtenByBrowsers(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin } = new URL(text);
  if (/^https?:$/.test(protocol)) return origin;
  // Apps have schemes like capacitor: and tauri:, whose origin the URL standard leaves open.
  return SCHEME.test(text) ? text : undefined;
}
