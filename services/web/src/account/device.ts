import Bowser from 'bowser';

export interface Device {
  /** Of a person's browser; absent of a program. */
  browser?: string;
  system?: string;
  kind: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'program';
  /** What it calls itself, of a program. */
  text: string | undefined;
}

const KINDS = new Set<string | undefined>(['desktop', 'mobile', 'tablet', 'tv']);

/** What a session's `User-Agent` says of the device. */
export function deviceOf(userAgent: string | null): Device {
  if (!userAgent) return { kind: 'program', text: undefined };
  const { browser, os, platform } = Bowser.parse(userAgent);
  if (!browser.name) return { kind: 'program', text: userAgent };
  return {
    browser: browser.name,
    ...(os.name ? { system: os.name } : {}),
    kind: KINDS.has(platform.type) ? (platform.type as Device['kind']) : 'program',
    text: userAgent,
  };
}
