import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { support } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { todoQuery } from '../todos/todos-query.ts';
import { Button, ButtonLink, IconButton } from '../ui/button.tsx';
import { TextArea, TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { ErrorNotice } from '../ui/states.tsx';
import { BackToList } from './back-to-list.tsx';
import { TodoLine } from './linked-todo.tsx';
import { MAX_MESSAGE_LENGTH, MAX_SUBJECT_LENGTH } from './message-length.ts';
import styles from './new-ticket.module.css';
import { withoutForm } from './support-search.ts';
import { ticketQuery } from './ticket-queries.ts';

interface Question {
  subject: string;
  message: string;
}

const DRAFT = 'new-ticket';

export function NewTicket({ todoId }: { todoId: number | undefined }) {
  const { t } = useTranslation(['support', 'common']);
  const search = useSearch({ from: '/support' });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useForm<Question>({
    defaultValues: { subject: '', message: '', ...readDraft<Question>(DRAFT) },
  });
  const { errors } = form.formState;
  useDraft(DRAFT, form);
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ subject, message }: Question) =>
      unwrap(
        support.POST('/tickets', {
          body: {
            subject: subject.trim(),
            message: message.trim(),
            ...(todoId === undefined ? {} : { todoId }),
          },
        }),
      ),
    onSuccess: (ticket) => {
      dropDraft(DRAFT);
      const ticketId = `${ticket.id}`;
      queryClient.setQueryData(ticketQuery(ticketId).queryKey, ticket);
      void readAgain(queryClient, ['tickets']);
      return navigate({
        to: '/support/$ticketId',
        params: { ticketId },
        search: withoutForm(search),
        replace: true,
      });
    },
  });
  const isTodoGone = error instanceof Problem && error.code === 'todo_unknown';
  const tooLong = (count: number) => ({ value: count, message: t('form.tooLong', { count }) });
  return (
    <>
      <BackToList />
      <Section title={t('newTicket')} lead={t('form.lead')}>
        <form
          className={styles.form}
          onSubmit={form.handleSubmit((question) => mutate(question))}
          noValidate
        >
          {todoId !== undefined && <AboutTodo id={todoId} isGone={isTodoGone} />}
          <TextField
            label={t('form.subject')}
            error={errors.subject?.message}
            autoComplete="off"
            {...form.register('subject', {
              validate: (subject) => subject.trim() !== '' || t('form.subjectMissing'),
              maxLength: tooLong(MAX_SUBJECT_LENGTH),
            })}
          />
          <TextArea
            label={t('form.message')}
            hint={t('form.messageHint')}
            rows={6}
            error={errors.message?.message}
            {...form.register('message', {
              validate: (message) => message.trim() !== '' || t('form.messageMissing'),
              maxLength: tooLong(MAX_MESSAGE_LENGTH),
            })}
          />
          {error && !isTodoGone && <ErrorNotice error={error} />}
          <div className={styles.actions}>
            <Button type="submit" look="primary" isBusy={isPending}>
              {t('form.send')}
            </Button>
            <ButtonLink
              to="/support"
              search={withoutForm(search)}
              look="plain"
              onClick={() => dropDraft(DRAFT)}
            >
              {t('common:cancel')}
            </ButtonLink>
          </div>
        </form>
      </Section>
    </>
  );
}

/** The todo that the ticket will be about; the person may take it off again. */
function AboutTodo({ id, isGone }: { id: number; isGone: boolean }) {
  const { t } = useTranslation('support');
  const navigate = useNavigate({ from: '/support' });
  const { data: todo, error } = useQuery(todoQuery(id));
  const isAbsent = isGone || (error instanceof Problem && error.status === 404);
  return (
    <div className={styles.about}>
      <div className={styles.aboutText}>
        <p className={styles.aboutLabel}>{t('form.about')}</p>
        {isAbsent ? (
          <p role="alert">{t('form.todoGone')}</p>
        ) : (
          <TodoLine isDone={todo?.done}>{todo?.title ?? `#${id}`}</TodoLine>
        )}
      </div>
      <IconButton
        label={t('form.withoutTodo')}
        icon={<X aria-hidden="true" />}
        onClick={() =>
          void navigate({
            to: '.',
            search: (search) => ({ ...withoutForm(search), new: true }),
            replace: true,
          })
        }
      />
    </div>
  );
}
