import { Menu as BaseMenu } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import styles from './menu.module.css';

interface MenuProps {
  /** What opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
}

export function Menu({ trigger, children }: MenuProps) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner className={styles.positioner} sideOffset={6} align="end">
          <BaseMenu.Popup className={styles.popup}>{children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

export function MenuItem({
  icon,
  isDangerous = false,
  onPress,
  children,
}: {
  icon?: ReactNode;
  isDangerous?: boolean;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <BaseMenu.Item
      className={styles.item}
      data-dangerous={isDangerous || undefined}
      onClick={onPress}
    >
      {icon}
      {children}
    </BaseMenu.Item>
  );
}
