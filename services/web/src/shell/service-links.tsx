import { Puzzle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ServiceLink } from '../session/session.ts';
import styles from './navigation.module.css';

/** The pages that other teams' services bring. */
export function ServiceLinks({ links }: { links: readonly ServiceLink[] }) {
  const { i18n } = useTranslation();
  if (links.length === 0) return null;
  const nameOf = ({ name }: ServiceLink) =>
    typeof name === 'string' ? name : (name[i18n.language] ?? name.en ?? Object.values(name)[0]);
  return (
    <ul className={styles.links}>
      {links.map((link) => (
        <li key={link.path}>
          <a href={link.path} className={styles.link}>
            {link.icon ? (
              <span
                className={styles.icon}
                style={{ maskImage: `url("${link.icon}")` }}
                aria-hidden="true"
              />
            ) : (
              <Puzzle aria-hidden="true" />
            )}
            <span>{nameOf(link)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
