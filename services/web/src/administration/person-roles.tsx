import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { tabList } from '../api/tab-list.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { say } from '../ui/toast.tsx';
import { CheckList } from './check-list.tsx';
import styles from './people.module.css';
import { type Account, changePerson } from './people-queries.ts';
import { useProblemWords } from './use-problem-words.ts';
import { useRoleName } from './use-role-name.ts';

/** Those that the parts of this system bring; another service's is typed. */
const USUAL_ROLES = ['user', 'agent', 'admin'];

export function PersonRoles({ account, isSelf }: { account: Account; isSelf: boolean }) {
  const { t } = useTranslation(['administration', 'common']);
  const queryClient = useQueryClient();
  const nameOf = useRoleName();
  const wordsOf = useProblemWords();
  const draft = useRolesDraft(account);
  const [kept] = draft.read();
  const [chosen, setChosen] = useState(kept?.chosen ?? account.roles);
  const [another, setAnother] = useState(kept?.another ?? '');
  const roles = [...new Set([...chosen, another.trim()])].filter(Boolean);
  const isChanged =
    roles.length !== account.roles.length || roles.some((role) => !account.roles.includes(role));
  useEffect(() => draft.write(isChanged ? [{ chosen, another }] : []));
  const save = useMutation({
    mutationFn: () => changePerson(String(account.id), { roles }),
    onSuccess: () => {
      say(t('people.rolesSaved'));
      void readAgain(queryClient, ['administration']);
      if (isSelf) void readAgain(queryClient, ['profile']);
    },
  });
  const { error } = save;
  const isUnknownRole = error instanceof Problem && error.status === 400;
  const offered = [...new Set([...USUAL_ROLES, ...account.roles])];
  return (
    <Section title={t('people.roles')} lead={t('people.rolesLead')}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <CheckList
          legend={t('people.rolesOf', { username: account.username })}
          isLegendHidden
          options={offered.map((role) => ({
            value: role,
            label: account.inactiveRoles.includes(role)
              ? t('people.inactiveRole', { role: nameOf(role) })
              : nameOf(role),
          }))}
          chosen={chosen}
          onChange={setChosen}
          error={error && !isUnknownRole ? wordsOf(error) : undefined}
        />
        <details className={styles.more} open={isUnknownRole || another !== '' || undefined}>
          <summary>{t('people.moreRoles')}</summary>
          <TextField
            label={t('people.anotherRole')}
            hint={t('people.anotherRoleHint')}
            error={isUnknownRole ? t('people.unknownRole') : undefined}
            value={another}
            onChange={({ target }) => setAnother(target.value)}
            maxLength={64}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </details>
        <div>
          <Button type="submit" disabled={!isChanged} isBusy={save.isPending}>
            {t('people.saveRoles')}
          </Button>
        </div>
      </form>
    </Section>
  );
}

/**
 * What was chosen when the page went away for a sign-in, which saving asks for after a while. Elsewhere
 * in the app it is dropped: roles are not to look as if somebody had them.
 */
function useRolesDraft({ id, roles }: Account) {
  const name = `roles:${id}:${roles.join(' ')}`;
  const draft = useMemo(() => tabList<{ chosen: string[]; another: string }>(name), [name]);
  useEffect(() => () => draft.write([]), [draft]);
  return draft;
}
