import { useTranslation } from 'react-i18next';
import type { Device } from './device.ts';

/** A device in words: “Firefox on Linux”, or what a program calls itself. */
export function useDeviceName(): (device: Device) => string {
  const { t } = useTranslation('account');
  return ({ browser, system, text }) => {
    if (browser && system) return t('sessions.deviceOn', { browser, system });
    return browser ?? text ?? t('sessions.unknownDevice');
  };
}
