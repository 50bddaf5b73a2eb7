import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Section } from '../ui/page.tsx';
import { ConfirmedAction } from './confirmed-action.tsx';
import { type Account, changePerson, deletePerson, takeFactorsOf } from './people-queries.ts';
import { Row, Rows } from './rows.tsx';

const route = getRouteApi('/administration/people');

/** What takes a person's ways in away, or gives them back. */
export function PersonActions({ account, isSelf }: { account: Account; isSelf: boolean }) {
  const { t } = useTranslation('administration');
  const navigate = route.useNavigate();
  const { username } = account;
  const id = String(account.id);
  const withOwnEnd = (text: string) => (isSelf ? `${text} ${t('people.signsYouOut')}` : text);
  return (
    <Section title={t('people.access')}>
      <Rows label={t('people.access')}>
        <Row
          title={t('people.factors')}
          detail={t('people.factorsDetail')}
          aside={
            <ConfirmedAction
              label={t('people.takeFactors')}
              question={t('people.takeFactorsQuestion', { username })}
              detail={withOwnEnd(t('people.takeFactorsDetail'))}
              done={t('people.factorsTaken')}
              run={() => takeFactorsOf(id)}
            />
          }
        />
        <Row
          title={account.deactivatedAt ? t('people.deactivated') : t('people.signIn')}
          detail={t(account.deactivatedAt ? 'people.reactivateDetail' : 'people.deactivateHint')}
          aside={
            account.deactivatedAt ? (
              <ConfirmedAction
                label={t('people.reactivate')}
                question={t('people.reactivateQuestion', { username })}
                detail={t('people.reactivateDetail')}
                done={t('people.reactivated', { username })}
                run={() => changePerson(id, { active: true })}
              />
            ) : (
              <ConfirmedAction
                look="danger"
                label={t('people.deactivate')}
                question={t('people.deactivateQuestion', { username })}
                detail={withOwnEnd(t('people.deactivateDetail'))}
                done={t('people.deactivatedDone', { username })}
                run={() => changePerson(id, { active: false })}
              />
            )
          }
        />
        <Row
          title={t('people.account')}
          detail={t('people.deleteHint')}
          aside={
            <ConfirmedAction
              look="danger"
              label={t('people.delete')}
              question={t('people.deleteQuestion', { username })}
              detail={withOwnEnd(t('people.deleteDetail'))}
              typed={username}
              done={t('people.deletedDone', { username })}
              run={() => deletePerson(id)}
              onDone={() => void navigate({ search: ({ search }) => (search ? { search } : {}) })}
            />
          }
        />
      </Rows>
    </Section>
  );
}
