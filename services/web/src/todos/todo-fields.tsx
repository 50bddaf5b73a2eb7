import type { FieldErrors, UseFormRegister } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { SelectField, TextArea } from '../ui/field.tsx';
import { PRIORITIES, USUAL_PRIORITY } from './priority.tsx';
import type { TodoFields } from './rows.ts';

/** As the service has them. */
export const MAX_TITLE_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 4_000;

export const NO_FIELDS: TodoFields = { title: '', description: '', priority: USUAL_PRIORITY };

interface MoreFieldsProps {
  register: UseFormRegister<TodoFields>;
  errors: FieldErrors<TodoFields>;
}

/** What a todo has beside its title. */
export function MoreFields({ register, errors }: MoreFieldsProps) {
  const { t } = useTranslation('todos');
  return (
    <>
      <TextArea
        label={t('description')}
        rows={3}
        maxLength={MAX_DESCRIPTION_LENGTH}
        error={errors.description?.message}
        onKeyDown={(event) => {
          // Enter alone begins a new line here.
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
        {...register('description')}
      />
      <SelectField
        label={t('priority')}
        error={errors.priority?.message}
        {...register('priority', { valueAsNumber: true })}
      >
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {t(`priority${priority}`)}
          </option>
        ))}
      </SelectField>
    </>
  );
}
