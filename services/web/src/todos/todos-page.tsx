import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';
import { AddTodo } from './add-todo.tsx';
import { EditTodo } from './edit-todo.tsx';
import { KeyboardHint } from './keyboard-hint.tsx';
import { TodoFilters } from './todo-filters.tsx';
import { TodoList } from './todo-list.tsx';
import type { Todo } from './todos-query.ts';
import { useChangeTodo } from './use-changes.ts';
import { useDeleteTodo } from './use-delete-todo.ts';
import { focusRow, indexOfRow, usePageKeys, useShortcuts } from './use-shortcuts.ts';
import { useTodoList } from './use-todo-list.ts';
import { type TodosView, toView } from './view.ts';

const route = getRouteApi('/todos');

export function TodosPage() {
  const { t } = useTranslation('todos');
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const addLine = useRef<HTMLInputElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [added, setAdded] = useState('');
  const [arePageKeysOn, togglePageKeys] = usePageKeys();
  const list = useTodoList(view);
  const { mutate: change } = useChangeTodo();
  const deleteTodo = useDeleteTodo();

  const show = (next: Partial<Record<keyof TodosView, unknown>>) =>
    void navigate({
      search: (before) => toView({ ...before, ...next }),
      replace: true,
      resetScroll: false,
    });
  const edit = ({ id }: Pick<Todo, 'id'>) => show({ edit: id });
  const remove = (todo: Todo) => {
    const index = indexOfRow(todo.id);
    deleteTodo(todo);
    // When the row, and the menu that it may have been deleted by, are gone.
    setTimeout(() => focusRow(index) || addLine.current?.focus());
  };
  useShortcuts({
    arePageKeysOn,
    onAdd: () => addLine.current?.focus(),
    onSearch: () => search.current?.focus(),
    onEdit: (id) => edit({ id }),
    onDelete: (id) => {
      const todo = list.rows.find((row) => row.id === id);
      if (todo) remove(todo);
    },
  });

  return (
    <Page title={t('title')}>
      <AddTodo
        ref={addLine}
        view={view}
        onAdd={(title) => {
          setAdded(t('added', { title }));
          // Where it would not be seen, the list shows all again.
          if (view.search || view.show === 'done') show({ search: '', show: '' });
        }}
      />
      <TodoFilters view={view} onChange={show} searchRef={search} />
      <TodoList
        list={list}
        view={view}
        onChange={show}
        onTick={({ id }, done) => change({ id, patch: { done } })}
        onEdit={edit}
        onDelete={remove}
      />
      <KeyboardHint arePageKeysOn={arePageKeysOn} onToggle={togglePageKeys} />
      <p className="visually-hidden" role="status">
        {view.search && !list.query.isPending && !list.query.isPlaceholderData
          ? t(list.query.hasNextPage ? 'foundMore' : 'found', { count: list.rows.length })
          : added}
      </p>
      <EditTodo
        id={view.edit}
        todo={list.rows.find(({ id }) => id === view.edit)}
        onClose={() => show({ edit: undefined })}
      />
    </Page>
  );
}
