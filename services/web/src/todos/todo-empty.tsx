import { useQuery } from '@tanstack/react-query';
import { CircleCheckBig, ListTodo, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty } from '../ui/states.tsx';
import { useDeletedIds } from './deletions.ts';
import { anyQuery } from './todos-query.ts';
import type { TodosView } from './view.ts';

interface TodoEmptyProps {
  view: TodosView;
  onChange: (change: { show?: string; search?: string }) => void;
}

/** Why the list is empty, and what to do about it. */
export function TodoEmpty({ view: { show, search }, onChange }: TodoEmptyProps) {
  const { t } = useTranslation('todos');
  const deletedIds = useDeletedIds();
  const query = useQuery({ ...anyQuery, enabled: show !== undefined });
  if (search) {
    return (
      <Empty
        icon={<SearchX />}
        title={t('notFoundTitle')}
        detail={t('notFoundDetail', { search })}
        action={<Button onClick={() => onChange({ search: '' })}>{t('clearSearch')}</Button>}
      />
    );
  }
  if (show !== undefined && !query.data) return <Pending query={query} />;
  if (!show || !query.data?.some(({ id }) => !deletedIds.has(id))) {
    return <Empty icon={<ListTodo />} title={t('emptyTitle')} detail={t('emptyDetail')} />;
  }
  const isAllDone = show === 'open';
  return (
    <Empty
      icon={isAllDone ? <CircleCheckBig /> : <ListTodo />}
      title={isAllDone ? t('allDoneTitle') : t('noneDoneTitle')}
      detail={isAllDone ? t('allDoneDetail') : t('noneDoneDetail')}
      action={<Button onClick={() => onChange({ show: '' })}>{t('showAllTodos')}</Button>}
    />
  );
}
