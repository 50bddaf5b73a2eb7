import type { administration as en } from '../en/administration.ts';
import type { Translated } from '../translated.ts';

export const administration: Translated<typeof en> = {
  title: '管理',
};
