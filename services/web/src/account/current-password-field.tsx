import { useQuery } from '@tanstack/react-query';
import type { InputHTMLAttributes, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../session/session.ts';
import { TextField } from '../ui/field.tsx';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>;
  error: string | undefined;
}

/** With the username beside it, unseen: a password manager looks there for whose password it is. */
export function CurrentPasswordField(props: Props) {
  const { t } = useTranslation('account');
  const { data: session } = useQuery(sessionQuery);
  return (
    <>
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={session?.username ?? ''}
        readOnly
        hidden
      />
      <TextField
        {...props}
        label={t('currentPassword')}
        type="password"
        autoComplete="current-password"
      />
    </>
  );
}
