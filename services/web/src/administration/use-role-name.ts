import { useTranslation } from 'react-i18next';

/** A role in words where there are some; a service may bring any. */
export function useRoleName(): (role: string) => string {
  const { t } = useTranslation('administration');
  return (role) => {
    const names: Readonly<Record<string, string>> = t('roles', { returnObjects: true });
    return names[role] ?? role;
  };
}
