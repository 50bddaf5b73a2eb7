import { queryOptions, useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { Page, Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty, ErrorNotice } from '../ui/states.tsx';
import { ConfirmedAction } from './confirmed-action.tsx';
import { KeyRow, type SigningKey } from './key-row.tsx';
import { Rows } from './rows.tsx';
import { useProblemWords } from './use-problem-words.ts';

const keysQuery = queryOptions({
  queryKey: ['administration', 'keys'],
  queryFn: () => unwrap(auth.GET('/admin/keys')),
});

/** In the order of their lives, the one that signs first. */
const ORDER: SigningKey['state'][] = ['active', 'next', 'retiring'];

export function KeysPage() {
  const { t } = useTranslation('administration');
  const query = useQuery(keysQuery);
  const { data: keys = [], error, isPending, refetch } = query;
  const wordsOf = useProblemWords();
  const published = ORDER.flatMap((state) => keys.filter((key) => key.state === state));
  const gone = keys.filter(({ state }) => state === 'gone').reverse();
  const hasNone = error instanceof Problem && error.code === 'no_signing_keys';
  return (
    <Page
      title={t('keys.title')}
      lead={t('keys.lead')}
      actions={
        published.length > 0 && (
          <ConfirmedAction
            look="primary"
            icon={<RefreshCw aria-hidden="true" />}
            label={t('keys.rotate')}
            question={t('keys.rotateQuestion')}
            detail={t('keys.rotateDetail')}
            done={t('keys.rotated')}
            run={() => unwrap(auth.POST('/admin/keys/rotation'))}
          />
        )
      }
    >
      {isPending && <Pending query={query} />}
      {hasNone && <Empty title={wordsOf(error)} />}
      {error && !hasNone && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {published.length > 0 && (
        <Rows label={t('keys.title')}>
          {published.map((key) => (
            <KeyRow key={key.id} signingKey={key} />
          ))}
        </Rows>
      )}
      {gone.length > 0 && (
        <Section title={t('keys.past')} lead={t('keys.pastLead')}>
          <Rows label={t('keys.past')}>
            {gone.map((key) => (
              <KeyRow key={key.id} signingKey={key} />
            ))}
          </Rows>
        </Section>
      )}
    </Page>
  );
}
