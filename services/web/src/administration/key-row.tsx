import { useTranslation } from 'react-i18next';
import type { components } from '../../generated/auth-service.ts';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Tag } from '../ui/tag.tsx';
import { ConfirmedAction } from './confirmed-action.tsx';
import { Code, Row } from './rows.tsx';

export type SigningKey = components['schemas']['SigningKey'];

const TONES = { active: 'accent', next: 'plain', retiring: 'caution', gone: 'plain' } as const;
/** Enough of an id to be sure which one is meant. */
const TYPED_LENGTH = 8;

export function KeyRow({ signingKey }: { signingKey: SigningKey }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const storyOf = useStory();
  const { id, algorithm, state, createdAt } = signingKey;
  return (
    <Row
      title={<Code>{id}</Code>}
      tags={<Tag tone={TONES[state]}>{t(`keys.states.${state}`)}</Tag>}
      detail={
        <>
          <p>{storyOf(signingKey)}</p>
          <p>
            {t('keys.made', {
              algorithm,
              date: format.dateTime(createdAt),
              ago: format.ago(createdAt),
            })}
          </p>
        </>
      }
      aside={
        state !== 'gone' && (
          <ConfirmedAction
            look="danger"
            label={t('keys.remove')}
            question={t('keys.removeQuestion')}
            detail={t(state === 'active' ? 'keys.removeActiveDetail' : 'keys.removeDetail')}
            typed={id.slice(0, TYPED_LENGTH)}
            done={t('keys.removed')}
            run={() => unwrap(auth.DELETE('/admin/keys/{id}', { params: { path: { id } } }))}
          />
        )
      }
    />
  );
}

/** What the key does now, and until when it is accepted. */
function useStory(): (key: SigningKey) => string {
  const { t } = useTranslation('administration');
  const format = useFormat();
  return ({ state, activatedAt, retiredAt, goneAt }) => {
    if (state === 'active') return t('keys.signsSince', { ago: format.ago(activatedAt ?? 0) });
    if (state === 'next') return t('keys.waits');
    if (state === 'retiring') return t('keys.retires', { ago: format.ago(retiredAt ?? 0) });
    return t('keys.goneSince', { date: format.dateTime(goneAt ?? 0) });
  };
}
