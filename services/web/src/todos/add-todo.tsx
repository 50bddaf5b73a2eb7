import { ChevronDown } from 'lucide-react';
import { type RefObject, useId, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import styles from './add-todo.module.css';
import { USUAL_PRIORITY } from './priority.tsx';
import type { TodoFields } from './rows.ts';
import { MAX_TITLE_LENGTH, MoreFields, NO_FIELDS } from './todo-fields.tsx';
import { useAddTodo } from './use-changes.ts';
import type { TodosView } from './view.ts';

const DRAFT = 'todo-add';

interface AddTodoProps {
  /** The line itself, for the keyboard. */
  ref: RefObject<HTMLInputElement | null>;
  view: TodosView;
  onAdd: (title: string) => void;
}

/** One line; the rest of a todo is folded away until it is wanted. */
export function AddTodo({ ref, view, onAdd }: AddTodoProps) {
  const { t } = useTranslation('todos');
  const moreId = useId();
  const [initial] = useState(() => ({ ...NO_FIELDS, ...readDraft<TodoFields>(DRAFT) }));
  const form = useForm<TodoFields>({ defaultValues: initial });
  const { register, handleSubmit, reset, formState } = form;
  const [isOpen, setIsOpen] = useState(
    initial.description !== '' || initial.priority !== USUAL_PRIORITY,
  );
  const title = register('title');
  useDraft(DRAFT, form);
  const { add } = useAddTodo(view);
  const submit = handleSubmit((values) => {
    const fields = { ...values, title: values.title.trim() };
    if (fields.title === '') return ref.current?.focus();
    add(fields);
    reset(NO_FIELDS);
    dropDraft(DRAFT);
    setIsOpen(false);
    ref.current?.focus();
    onAdd(fields.title);
  });
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.line}>
        <TextField
          label={t('addTitle')}
          isLabelHidden
          placeholder={t('addShort')}
          maxLength={MAX_TITLE_LENGTH}
          autoComplete="off"
          enterKeyHint="done"
          {...title}
          ref={(element) => {
            title.ref(element);
            ref.current = element;
          }}
        />
        <span className={styles.fold} data-open={isOpen || undefined}>
          <IconButton
            label={t('addMore')}
            icon={<ChevronDown aria-hidden="true" />}
            aria-expanded={isOpen}
            aria-controls={moreId}
            onClick={() => setIsOpen(!isOpen)}
          />
        </span>
        <Button type="submit" look="primary">
          {t('add')}
        </Button>
      </div>
      <div id={moreId} className={styles.more} hidden={!isOpen}>
        <MoreFields register={register} errors={formState.errors} />
      </div>
    </form>
  );
}
