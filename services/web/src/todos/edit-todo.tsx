import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Path, useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Pending } from '../ui/pending.tsx';
import styles from './edit-todo.module.css';
import type { TodoFields } from './rows.ts';
import { MAX_TITLE_LENGTH, MoreFields } from './todo-fields.tsx';
import { type Todo, todoQuery } from './todos-query.ts';
import { useChangeTodo } from './use-changes.ts';

interface EditTodoProps {
  id: number | undefined;
  /** When the list has it. */
  todo: Todo | undefined;
  onClose: () => void;
}

/** In a dialog, which the address holds open over a reload and a sign-in. */
export function EditTodo({ id, todo, onClose }: EditTodoProps) {
  const { t } = useTranslation('todos');
  const query = useQuery({
    ...todoQuery(id ?? 0),
    enabled: id !== undefined && !todo,
  });
  const data = todo ?? query.data;
  const close = () => {
    if (id !== undefined) dropDraft(draftOf(id));
    onClose();
  };
  return (
    <Dialog isOpen={id !== undefined} onClose={close} title={t('editTitle')}>
      {data && <EditForm key={data.id} todo={data} onClose={close} />}
      {!data && <Pending query={query} rows={3} />}
    </Dialog>
  );
}

const draftOf = (id: number) => `todo-${id}`;
const FIELDS = ['title', 'description', 'priority'] as const;

function EditForm({ todo, onClose }: { todo: Todo; onClose: () => void }) {
  const { t } = useTranslation(['todos', 'common']);
  // As it was when the dialog opened: only what the person changes is sent.
  const [{ title, description, priority }] = useState(todo);
  const before: TodoFields = { title, description, priority };
  const form = useForm<TodoFields>({
    defaultValues: { ...before, ...readDraft<TodoFields>(draftOf(todo.id)) },
  });
  const { register, handleSubmit, setError, formState } = form;
  const { errors } = formState;
  useDraft(draftOf(todo.id), form);
  const { mutateAsync, isPending } = useChangeTodo();
  const save = handleSubmit(async (values) => {
    const after = { ...values, title: values.title.trim() };
    const changed = FIELDS.filter((field) => after[field] !== before[field]);
    if (changed.length === 0) return onClose();
    const patch = Object.fromEntries(changed.map((field) => [field, after[field]]));
    try {
      await mutateAsync({ id: todo.id, patch });
      onClose();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      for (const field of FIELDS) {
        const message = error.fields[field];
        if (message) setError(field as Path<TodoFields>, { message });
      }
    }
  });
  return (
    <form className={styles.form} onSubmit={save} noValidate>
      <TextField
        label={t('todos:titleField')}
        maxLength={MAX_TITLE_LENGTH}
        autoComplete="off"
        error={errors.title?.message}
        {...register('title', {
          validate: (text) => text.trim() !== '' || t('todos:titleMissing'),
        })}
      />
      <MoreFields register={register} errors={errors} />
      <div className={styles.actions}>
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button type="submit" look="primary" isBusy={isPending}>
          {t('common:save')}
        </Button>
      </div>
    </form>
  );
}
