import type { support as en } from '../en/support.ts';
import type { Translated } from '../translated.ts';

export const support: Translated<typeof en> = {
  title: '客服',
};
