import { useTranslation } from 'react-i18next';
import { MoreRows } from '../ui/more-rows.tsx';
import { Pending } from '../ui/pending.tsx';
import { ComingRow } from './coming-row.tsx';
import { TodoEmpty } from './todo-empty.tsx';
import styles from './todo-list.module.css';
import { type RowActions, TodoRow } from './todo-row.tsx';
import { useAddTodo } from './use-changes.ts';
import { focusRow, indexOfRow } from './use-shortcuts.ts';
import type { TodoList as List } from './use-todo-list.ts';
import type { TodosView } from './view.ts';

interface TodoListProps extends Omit<RowActions, 'onLeft'> {
  list: List;
  view: TodosView;
  onChange: (change: { show?: string; search?: string }) => void;
}

export function TodoList({ list, view, onChange, ...actions }: TodoListProps) {
  const { t } = useTranslation('todos');
  const { rows, additions, query } = list;
  const { retry } = useAddTodo(view);
  const showMore = async () => {
    const { length } = rows;
    const { isError } = await query.fetchNextPage();
    // The button may be gone; reading goes on where the new rows begin.
    if (!isError) setTimeout(() => focusRow(length));
  };
  return (
    <>
      {rows.length + additions.length > 0 && (
        <ul
          className={styles.list}
          aria-label={t('list')}
          aria-busy={query.isPlaceholderData || undefined}
        >
          {additions.map((addition) => (
            <ComingRow key={addition.key} addition={addition} onRetry={() => retry(addition)} />
          ))}
          {rows.map((todo) => (
            <TodoRow
              key={todo.id}
              todo={todo}
              isLeaving={list.isLeaving(todo)}
              onLeft={() => {
                const index = indexOfRow(todo.id);
                const hadFocus = document.activeElement?.closest(`[data-todo="${todo.id}"]`);
                list.drop(todo);
                if (hadFocus) setTimeout(() => focusRow(index));
              }}
              {...actions}
            />
          ))}
        </ul>
      )}
      {query.isPending && <Pending query={query} rows={6} />}
      {rows.length + additions.length === 0 && query.data && !query.hasNextPage && (
        <div className={styles.empty}>
          <TodoEmpty view={view} onChange={onChange} />
        </div>
      )}
      <MoreRows query={query} onMore={showMore} />
    </>
  );
}
