import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { say } from '../ui/toast.tsx';
import styles from './confirmed-action.module.css';
import { useProblemWords } from './use-problem-words.ts';

interface ConfirmedActionProps<Result> {
  /** On the button, and on that of the question. */
  label: string;
  icon?: ReactNode;
  look?: 'primary' | 'quiet' | 'danger';
  question: string;
  /** What will happen. */
  detail: ReactNode;
  /** What has to be typed first, where there is no way back. */
  typed?: string;
  /** Said when it is done. */
  done: string;
  run: () => Promise<Result>;
  onDone?: (result: Result) => void;
}

/** A button that asks before it acts, and says there what stood in the way. */
export function ConfirmedAction<Result>({
  label,
  icon,
  look = 'quiet',
  question,
  detail,
  typed,
  done,
  run,
  onDone,
}: ConfirmedActionProps<Result>) {
  const { t } = useTranslation('administration');
  const queryClient = useQueryClient();
  const wordsOf = useProblemWords();
  const [isOpen, setOpen] = useState(false);
  const [entered, setEntered] = useState('');
  const [isMistyped, setMistyped] = useState(false);
  const close = () => {
    setOpen(false);
    setEntered('');
    setMistyped(false);
    action.reset();
  };
  const action = useMutation({
    mutationFn: run,
    onSuccess: (result) => {
      close();
      say(done);
      onDone?.(result);
      void readAgain(queryClient, ['administration']);
    },
    onError: (error) => {
      // The question whether it is you takes its place.
      if (error instanceof Problem && error.isSignInNeeded) close();
    },
  });
  const confirm = () => {
    const isRight = typed === undefined || entered.trim() === typed;
    setMistyped(!isRight);
    // Enter in the field is not held by the busy button.
    if (isRight && !action.isPending) action.mutate();
  };
  return (
    <>
      <Button look={look} icon={icon} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={question}
        detail={detail}
        action={label}
        look={look === 'danger' ? 'danger' : 'primary'}
        isBusy={action.isPending}
        onConfirm={confirm}
        onCancel={close}
      >
        {typed !== undefined && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              confirm();
            }}
          >
            <TextField
              label={t('typeToConfirm', { typed })}
              value={entered}
              onChange={(event) => setEntered(event.target.value)}
              error={isMistyped ? t('mistyped') : undefined}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </form>
        )}
        {action.error && (
          <p className={styles.problem} role="alert">
            {wordsOf(action.error)}
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
