import type { RouteInput } from '@latchkey/service-kit/http/route';
import { en, type Translation } from './translations/en.ts';
import { zh } from './translations/zh.ts';

export const TRANSLATIONS: Readonly<Record<string, Translation>> = { en, zh };
export const LANGUAGES = Object.keys(TRANSLATIONS);

export interface Language {
  /** For `lang`. */
  code: string;
  t: Translation;
}

/** What the client asked for (`ui_locales`, OpenID Connect Core §3.1.2.1), else what the browser does. */
export function languageOf(
  req: RouteInput<object>['req'],
  uiLocales: string | undefined,
): Language {
  const asked = (uiLocales ?? '')
    .split(' ')
    .map((tag) => tag.split('-')[0]?.toLowerCase() ?? '')
    .find((code) => Object.hasOwn(TRANSLATIONS, code));
  const accepted = req.acceptsLanguages(LANGUAGES);
  const code = asked ?? (accepted || 'en');
  return { code, t: TRANSLATIONS[code] ?? en };
}
