import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  ArrowRight,
  CircleCheckBig,
  CircleUserRound,
  MessagesSquare,
  Settings2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { support, todo } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { useHasRole } from '../session/session.ts';
import { Page } from '../ui/page.tsx';
import styles from './home.module.css';

/** So many are counted; then it says "over". */
const COUNTED = 50;
const LIMIT = `${COUNTED + 1}`;

const openTodosQuery = queryOptions({
  queryKey: ['todos', 'open-count'],
  queryFn: () => unwrap(todo.GET('/todo', { params: { query: { done: 'false', limit: LIMIT } } })),
  select: (todos) => todos.length,
});

const ticketsQuery = (status: 'open' | 'answered') =>
  queryOptions({
    queryKey: ['tickets', 'count', status],
    queryFn: () => unwrap(support.GET('/tickets', { params: { query: { status, limit: LIMIT } } })),
    select: (tickets) => tickets.length,
  });

/** What one login opens. */
export function Overview({ username }: { username: string }) {
  const { t } = useTranslation('home');
  const isAgent = useHasRole('agent');
  const isAdministrator = useHasRole('admin');
  const { data: open } = useQuery(openTodosQuery);
  const { data: answered } = useQuery(ticketsQuery('answered'));
  const { data: waiting } = useQuery(ticketsQuery('open'));
  const todoNews = () => {
    if (open === undefined) return undefined;
    if (open > COUNTED) return t('manyOpenTodos', { count: COUNTED });
    return open === 0 ? t('noOpenTodos') : t('openTodos', { count: open });
  };
  const ticketNews = () => {
    if (answered === undefined || waiting === undefined) return undefined;
    // An agent sees everyone's, and answers those that wait.
    if (answered > 0 && !isAgent) {
      if (answered > COUNTED) return t('manyAnsweredTickets', { count: COUNTED });
      return t('answeredTickets', { count: answered });
    }
    if (waiting > COUNTED) return t('manyWaitingTickets', { count: COUNTED });
    return waiting > 0 ? t('waitingTickets', { count: waiting }) : t('noTickets');
  };
  return (
    <Page title={t('greeting', { username })} lead={t('lead')} width="wide">
      <ul className={styles.cards} aria-label={t('whatItOpens')}>
        <Card to="/todos" icon={<CircleCheckBig />} name="todos" news={todoNews()} />
        <Card to="/support" icon={<MessagesSquare />} name="support" news={ticketNews()} />
        <Card to="/account" icon={<CircleUserRound />} name="account" />
        {isAdministrator && (
          <Card to="/administration" icon={<Settings2 />} name="administration" />
        )}
      </ul>
    </Page>
  );
}

interface CardProps {
  to: '/todos' | '/support' | '/account' | '/administration';
  name: 'todos' | 'support' | 'account' | 'administration';
  icon: ReactNode;
  news?: string | undefined;
}

function Card({ to, name, icon, news }: CardProps) {
  const { t } = useTranslation(['home', 'common']);
  return (
    <li>
      <Link to={to} className={styles.card}>
        <span className={styles.cardIcon} aria-hidden="true">
          {icon}
        </span>
        <span className={styles.cardName}>{t(`common:${name}`)}</span>
        <span className={styles.cardLead}>{t(`home:${name}Lead`)}</span>
        <span className={styles.cardNews}>{news}</span>
        <ArrowRight className={styles.arrow} aria-hidden="true" />
      </Link>
    </li>
  );
}
