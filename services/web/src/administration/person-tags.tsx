import { useTranslation } from 'react-i18next';
import { Tag } from '../ui/tag.tsx';
import type { Account } from './people-queries.ts';
import { useRoleName } from './use-role-name.ts';

/** What is special about a person: roles beyond the one that everybody has, and whether they may sign in. */
export function PersonTags({ account }: { account: Account }) {
  const { t } = useTranslation('administration');
  const nameOf = useRoleName();
  const { roles, inactiveRoles, deactivatedAt, deletedAt } = account;
  return (
    <>
      {roles
        .filter((role) => role !== 'user' && !inactiveRoles.includes(role))
        .map((role) => (
          <Tag key={role} tone="accent">
            {nameOf(role)}
          </Tag>
        ))}
      {deletedAt && <Tag>{t('people.deleted')}</Tag>}
      {deactivatedAt && !deletedAt && <Tag tone="caution">{t('people.deactivated')}</Tag>}
    </>
  );
}
