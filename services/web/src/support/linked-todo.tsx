import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Circle, CircleCheckBig, ListTodo } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { todoQuery } from '../todos/todos-query.ts';
import styles from './linked-todo.module.css';
import type { Ticket } from './ticket-queries.ts';

interface LinkedTodoProps {
  todo: NonNullable<Ticket['todo']>;
  isOwn: boolean;
}

/** As it is now when it is the person's own; for agents, as it was when the ticket was opened. */
export function LinkedTodo({ todo, isOwn }: LinkedTodoProps) {
  const { t } = useTranslation('support');
  const { data: current, error } = useQuery({ ...todoQuery(todo.id), enabled: isOwn });
  const isDeleted = error instanceof Problem && error.status === 404;
  const state = () => {
    if (isDeleted) return t('ticket.todoDeleted');
    if (!current) return undefined;
    return current.done ? t('ticket.todoDone') : t('ticket.todoOpen');
  };
  return (
    <TodoLine isDone={current?.done} state={state()}>
      {isOwn && !isDeleted ? (
        <Link to="/todos">{current?.title ?? todo.title}</Link>
      ) : (
        <span>{todo.title}</span>
      )}
    </TodoLine>
  );
}

interface TodoLineProps {
  /** Undefined where that is not known. */
  isDone: boolean | undefined;
  state?: ReactNode;
  children: ReactNode;
}

export function TodoLine({ isDone, state, children }: TodoLineProps) {
  const { t } = useTranslation('support');
  const Mark = isDone === undefined ? ListTodo : isDone ? CircleCheckBig : Circle;
  return (
    <p className={styles.todo}>
      <Mark aria-hidden="true" />
      <span className={styles.title}>
        <span className="visually-hidden">{t('ticket.todo')}: </span>
        {children}
      </span>
      {state && <span className={styles.state}>{state}</span>}
    </p>
  );
}
