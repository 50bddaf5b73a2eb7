import { useNavigate } from '@tanstack/react-router';
import { Check, Ellipsis, MessageCircleQuestionMark, Pencil, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { IconButton } from '../ui/button.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { PriorityMark } from './priority.tsx';
import styles from './todo-row.module.css';
import type { Todo } from './todos-query.ts';

export interface RowActions {
  onTick: (todo: Todo, done: boolean) => void;
  onEdit: (todo: Todo) => void;
  onDelete: (todo: Todo) => void;
  /** The row has been seen going and belongs to this list no more. */
  onLeft: (todo: Todo) => void;
}

interface TodoRowProps extends RowActions {
  todo: Todo;
  /** Ticked in a list that does not show such ones. */
  isLeaving: boolean;
}

export function TodoRow({ todo, isLeaving, onTick, onEdit, onDelete, onLeft }: TodoRowProps) {
  const { t } = useTranslation('todos');
  const format = useFormat();
  const navigate = useNavigate();
  const titleId = useId();
  const { id, title, description, done, createdAt } = todo;
  return (
    <li
      className={styles.row}
      data-todo={id}
      data-done={done || undefined}
      data-leaving={isLeaving || undefined}
      onAnimationEnd={({ target, currentTarget }) => target === currentTarget && onLeft(todo)}
    >
      <div className={styles.inner}>
        <span className={styles.tick}>
          <input
            type="checkbox"
            checked={done}
            aria-labelledby={titleId}
            onChange={({ target }) => onTick(todo, target.checked)}
          />
          <Check aria-hidden="true" />
        </span>
        <div className={styles.text}>
          <button type="button" className={styles.open} onClick={() => onEdit(todo)}>
            <span id={titleId} className={styles.title}>
              {title}
            </span>
          </button>
          {description && <p className={styles.description}>{description}</p>}
          <p className={styles.meta}>
            <PriorityMark priority={todo.priority} />
            <time dateTime={createdAt} title={format.dateTime(createdAt)}>
              {format.ago(createdAt)}
            </time>
          </p>
        </div>
        <Menu
          trigger={
            <IconButton label={t('moreOf', { title })} icon={<Ellipsis aria-hidden="true" />} />
          }
        >
          <MenuItem icon={<Pencil aria-hidden="true" />} onPress={() => onEdit(todo)}>
            {t('edit')}
          </MenuItem>
          <MenuItem
            icon={<MessageCircleQuestionMark aria-hidden="true" />}
            onPress={() => void navigate({ to: '/support', search: { todo: id } })}
          >
            {t('askSupport')}
          </MenuItem>
          <MenuItem icon={<Trash2 aria-hidden="true" />} isDangerous onPress={() => onDelete(todo)}>
            {t('delete')}
          </MenuItem>
        </Menu>
      </div>
    </li>
  );
}
