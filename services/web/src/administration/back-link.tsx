import { createLink } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import type { AnchorHTMLAttributes } from 'react';
import styles from './back-link.module.css';

/** To the list that a page came from. */
export const BackLink = createLink(
  ({ children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) => (
    <a {...rest} className={styles.back}>
      <ArrowLeft aria-hidden="true" />
      {children}
    </a>
  ),
);
