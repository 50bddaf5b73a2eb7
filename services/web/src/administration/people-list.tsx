import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { useSearchField } from '../ui/use-search-field.ts';
import { PagedList } from './paged-list.tsx';
import styles from './people.module.css';
import { type Account, peopleQuery } from './people-queries.ts';
import { PersonTags } from './person-tags.tsx';
import { Row } from './rows.tsx';
import { readPeopleSearch } from './search.ts';

const route = getRouteApi('/administration/people');

export function PeopleList() {
  const { t } = useTranslation('administration');
  const { search } = route.useSearch();
  const query = useInfiniteQuery({ ...peopleQuery(search), placeholderData: keepPreviousData });
  return (
    <Page title={t('tabs.people')} lead={t('people.lead')} width="wide">
      <Search searched={search ?? ''} />
      <PagedList
        label={t('tabs.people')}
        query={query}
        empty={
          <Empty
            icon={<Users />}
            title={t('people.noneFound')}
            detail={t('people.noneFoundDetail')}
          />
        }
        renderRow={(account) => <PersonRow key={account.id} account={account} />}
      />
    </Page>
  );
}

function Search({ searched }: { searched: string }) {
  const { t } = useTranslation('administration');
  const navigate = route.useNavigate();
  const [typed, setTyped] = useSearchField(
    searched,
    (search) => void navigate({ search: readPeopleSearch({ search }), replace: true }),
    (text) => text.trim(),
  );
  return (
    <search className={styles.search}>
      <TextField
        type="search"
        label={t('people.search')}
        placeholder={t('people.searchPlaceholder')}
        isLabelHidden
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        maxLength={64}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
    </search>
  );
}

function PersonRow({ account }: { account: Account }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  return (
    <Row
      title={
        <Link
          to="/administration/people"
          search={(before) => ({ ...before, person: String(account.id) })}
        >
          {account.username}
        </Link>
      }
      tags={<PersonTags account={account} />}
      aside={t('people.joined', { date: format.date(account.createdAt) })}
    />
  );
}
