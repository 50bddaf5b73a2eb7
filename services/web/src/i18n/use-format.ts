import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Times and numbers, as the chosen language writes them. */
export function useFormat() {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useMemo(() => {
    const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
    const day = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
    const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    return {
      dateTime: (time: string | number | Date) => dateTime.format(new Date(time)),
      date: (time: string | number | Date) => day.format(new Date(time)),
      number: (value: number) => number.format(value),
      /** “3 minutes ago”, “yesterday”. */
      ago(time: string | number | Date, now = Date.now()): string {
        const seconds = (new Date(time).getTime() - now) / 1000;
        const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1];
        if (unit === 'second') return relative.format(0, 'second');
        return relative.format(Math.trunc(seconds / size), unit);
      },
    };
  }, [language]);
}
