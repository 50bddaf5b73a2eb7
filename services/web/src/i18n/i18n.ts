import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en/index.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}

export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'latchkey-language';

const LOADERS: Record<Language, () => Promise<Record<string, object>>> = {
  en: async () => (await import('./en/index.ts')).en,
  zh: async () => (await import('./zh/index.ts')).zh,
};

const isLanguage = (text: string | null): text is Language => text !== null && text in LANGUAGES;

/** What was chosen here before, or the first language of the browser that there is. */
function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.split('-')[0] ?? '').find(isLanguage) ?? 'en';
}

/** Only the language in use is loaded. */
export async function startTranslations(): Promise<void> {
  const language = preferredLanguage();
  // Before anything leads to the sign-in pages, which are in this language, too.
  markDocument(language);
  await i18next.use(initReactI18next).init({
    fallbackLng: false,
    defaultNS: 'common',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    resources: {},
  });
  await use(language);
}

/** @throws when its texts cannot be loaded; the one in use stays then */
export async function chooseLanguage(language: Language): Promise<void> {
  await use(language);
  localStorage.setItem(KEPT_AS, language);
}

async function use(language: Language): Promise<void> {
  for (const [namespace, texts] of Object.entries(await LOADERS[language]())) {
    i18next.addResourceBundle(language, namespace, texts, true, true);
  }
  await i18next.changeLanguage(language);
  markDocument(language);
}

function markDocument(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language;
}
