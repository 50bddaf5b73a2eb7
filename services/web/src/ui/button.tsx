import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, MouseEvent, ReactNode } from 'react';
import styles from './button.module.css';

interface Look {
  /** `primary` once a page at most. */
  look?: 'primary' | 'quiet' | 'plain' | 'danger';
  icon?: ReactNode;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, Look {
  /** While its work is under way; it cannot be pressed again meanwhile. */
  isBusy?: boolean;
}

export function Button({
  look = 'quiet',
  icon,
  isBusy = false,
  type = 'button',
  onClick,
  children,
  ...rest
}: ButtonProps) {
  // Not `disabled`, which takes the focus away. A form that is sent by Enter presses its button, too.
  const press = (event: MouseEvent<HTMLButtonElement>) =>
    isBusy ? event.preventDefault() : onClick?.(event);
  return (
    <button
      {...rest}
      type={type}
      className={styles.button}
      data-look={look}
      onClick={press}
      aria-disabled={isBusy || rest['aria-disabled']}
      aria-busy={isBusy || undefined}
    >
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** What it does, for who does not see the icon. */
  label: string;
  icon: ReactNode;
}

export function IconButton({ label, icon, look = 'plain', ...rest }: IconButtonProps) {
  return (
    <Button {...rest} look={look} icon={icon} aria-label={label} title={label} data-icon-only />
  );
}

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement>, Look {}

/** A link to elsewhere that looks like a button. */
export function ButtonAnchor({ look = 'quiet', icon, children, ...rest }: AnchorProps) {
  return (
    <a {...rest} className={styles.button} data-look={look}>
      {icon}
      {children}
    </a>
  );
}

/** A link within the app that looks like a button. */
export const ButtonLink = createLink(ButtonAnchor);
