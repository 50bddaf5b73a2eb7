import type { ReactNode } from 'react';
import styles from './tag.module.css';

/** One word about a thing; never by color alone. */
export function Tag({
  tone = 'plain',
  children,
}: {
  tone?: 'plain' | 'accent' | 'caution' | 'danger';
  children: ReactNode;
}) {
  return (
    <span className={styles.tag} data-tone={tone}>
      {children}
    </span>
  );
}
