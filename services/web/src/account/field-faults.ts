import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { useProblemText } from '../ui/states.tsx';

/** A field and what is wrong with it; `root` is the form as a whole. */
type Fault<Field extends string> = readonly [field: Field | 'root', text: string];

/** How the API states its rules -> how a person reads them. */
const RULES = new Map([
  ['must have 8 to 1024 characters', 'passwordLength'],
  ['is one of the most common passwords; choose another one', 'passwordCommon'],
  ['must be well-formed text', 'illFormed'],
  ['must be an email address', 'emailForm'],
] as const);

/** Of a problem that says it by its code. */
const CODES = new Map([
  ['wrong_password', ['currentPassword', 'wrongPassword']],
  ['password_is_username', ['newPassword', 'passwordIsUsername']],
  ['no_mail', ['email', 'noMail']],
  ['last_admin', ['root', 'lastAdmin']],
] as const);

/** What was wrong with a form, field by field, as the answer to it says. */
export function useFaults<Field extends string>(fields: readonly Field[]) {
  const { t } = useTranslation('account');
  const textOf = useProblemText();
  const isField = (name: string): name is Field => (fields as readonly string[]).includes(name);

  return (error: unknown): Fault<Field>[] => {
    if (!(error instanceof Problem)) return [['root', textOf(error)]];
    const [field, text] = CODES.get(error.code as never) ?? [];
    if (field && text) return [[isField(field) ? field : 'root', t(`problem.${text}`)]];
    if (error.status === 429 && error.retryAfterSeconds !== undefined) {
      return [['root', t('problem.tooMany', { count: error.retryAfterSeconds })]];
    }
    const named = Object.entries(error.fields).flatMap(([name, rule]): Fault<Field>[] => {
      const known = RULES.get(rule as never);
      return isField(name) ? [[name, known ? t(`problem.${known}`) : rule]] : [];
    });
    return named.length > 0 ? named : [['root', textOf(error)]];
  };
}
