import type { ReactNode } from 'react';
import styles from './check-list.module.css';

interface CheckListProps<Value extends string> {
  legend: string;
  /** For who reads by ear only: the heading above says it. */
  isLegendHidden?: boolean;
  hint?: ReactNode;
  error?: string | undefined;
  options: readonly { value: Value; label: ReactNode }[];
  chosen: readonly Value[];
  onChange: (chosen: Value[]) => void;
}

/** Any of a few. */
export function CheckList<Value extends string>({
  legend,
  isLegendHidden = false,
  hint,
  error,
  options,
  chosen,
  onChange,
}: CheckListProps<Value>) {
  return (
    <fieldset className={styles.list}>
      <legend className={isLegendHidden ? 'visually-hidden' : undefined}>{legend}</legend>
      {hint && <p className={styles.hint}>{hint}</p>}
      <div className={styles.options}>
        {options.map(({ value, label }) => (
          <label key={value} className={styles.option}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ target }) =>
                onChange(
                  target.checked ? [...chosen, value] : chosen.filter((each) => each !== value),
                )
              }
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
