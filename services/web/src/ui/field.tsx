import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';
import styles from './field.module.css';

interface Around {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** For who reads by ear only: the place says what it is. */
  isLabelHidden?: boolean;
}

interface Described {
  id: string;
  className: string | undefined;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

function Field({
  label,
  hint,
  error,
  isLabelHidden = false,
  children,
}: Around & { children: (given: Described) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : styles.label}>
        {label}
      </label>
      {children({
        id,
        className: styles.control,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': described || undefined,
      })}
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type Props<Element, Attributes> = Omit<Attributes, 'className'> &
  Around & { ref?: Ref<Element> | undefined };

/** One line of text. Takes what `register` of react-hook-form returns. */
export function TextField({
  label,
  hint,
  error,
  isLabelHidden = false,
  ...rest
}: Props<HTMLInputElement, InputHTMLAttributes<HTMLInputElement>>) {
  const around = { label, hint, error, isLabelHidden };
  return <Field {...around}>{(given) => <input type="text" {...rest} {...given} />}</Field>;
}

export function TextArea({
  label,
  hint,
  error,
  isLabelHidden = false,
  ...rest
}: Props<HTMLTextAreaElement, TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  const around = { label, hint, error, isLabelHidden };
  return <Field {...around}>{(given) => <textarea rows={4} {...rest} {...given} />}</Field>;
}

export function SelectField({
  label,
  hint,
  error,
  isLabelHidden = false,
  ...rest
}: Props<HTMLSelectElement, SelectHTMLAttributes<HTMLSelectElement>>) {
  const around = { label, hint, error, isLabelHidden };
  return <Field {...around}>{(given) => <select {...rest} {...given} />}</Field>;
}
