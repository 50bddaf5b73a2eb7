import type { ReactNode } from 'react';
import styles from './rows.module.css';

/** A list with hairlines between its rows, which stack their parts on a phone. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={styles.rows} aria-label={label}>
      {children}
    </ul>
  );
}

interface RowProps {
  title: ReactNode;
  /** Beside the title. */
  tags?: ReactNode;
  /** Below the title. */
  detail?: ReactNode;
  /** At the end: a time, a button. */
  aside?: ReactNode;
}

export function Row({ title, tags, detail, aside }: RowProps) {
  return (
    <li className={styles.row}>
      <div className={styles.main}>
        <p className={styles.title}>
          {title} {tags}
        </p>
        {detail && <div className={styles.detail}>{detail}</div>}
      </div>
      {aside && <div className={styles.aside}>{aside}</div>}
    </li>
  );
}

/** Names of things, and what they are. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [name: string, value: ReactNode])[];
}) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An id, an address or a scope: in the type of code, broken where it must be. */
export function Code({ children }: { children: ReactNode }) {
  return <code className={styles.code}>{children}</code>;
}
