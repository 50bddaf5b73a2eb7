import type { RouteInput } from '@latchkey/service-kit/http/route';
import type { MailKind } from './outgoing-mail-repository.ts';

/** What a mail says, a paragraph each; the link comes after the first. */
interface MailText {
  subject: string;
  paragraphs: readonly string[];
  /** What the link does, on its button. */
  action: string;
}

interface About {
  brand: string;
  username: string;
}

type MailTexts = Readonly<Record<MailKind, (about: About) => MailText>> & {
  hello: (username: string) => string;
};

const en: MailTexts = {
  hello: (username) => `Hello ${username},`,
  reset_password: ({ brand }) => ({
    subject: 'Choose a new password',
    paragraphs: [
      `A new password was asked for, for your ${brand} account. Open this link within 30 minutes to choose one:`,
      'If it was not you, do nothing: your password stays as it is.',
    ],
    action: 'Choose a new password',
  }),
  verify_email: ({ brand }) => ({
    subject: 'Confirm your email address',
    paragraphs: [
      `This address was given for your ${brand} account. Open this link within a day to confirm it:`,
      'If it was not you, do nothing: the address stays unconfirmed.',
    ],
    action: 'Confirm the address',
  }),
  password_changed: ({ brand }) => ({
    subject: 'Your password was changed',
    paragraphs: [
      `The password of your ${brand} account was changed just now. If it was not you, choose another one at once:`,
    ],
    action: 'Choose a new password',
  }),
  email_changed: ({ brand }) => ({
    subject: 'Your email address was changed',
    paragraphs: [
      `Another email address was given for your ${brand} account, or this one was removed. If it was not you, choose a new password at once:`,
    ],
    action: 'Choose a new password',
  }),
  factor_added: ({ brand }) => ({
    subject: 'A second factor was added',
    paragraphs: [
      `A passkey or an authenticator app was added to your ${brand} account just now. If it was not you, choose a new password at once, then remove what you do not know:`,
    ],
    action: 'Choose a new password',
  }),
  factor_removed: ({ brand }) => ({
    subject: 'A second factor was removed',
    paragraphs: [
      `A passkey or the authenticator app of your ${brand} account was removed just now. If it was not you, choose a new password at once:`,
    ],
    action: 'Choose a new password',
  }),
  factors_reset: ({ brand }) => ({
    subject: 'Your second factors were reset',
    paragraphs: [
      `An administrator removed all passkeys, the authenticator app and the recovery codes of your ${brand} account, and signed you out everywhere. If you did not ask for it, choose a new password at once:`,
    ],
    action: 'Choose a new password',
  }),
};

const zh: MailTexts = {
  hello: (username) => `${username}，您好！`,
  reset_password: ({ brand }) => ({
    subject: '设置新密码',
    paragraphs: [
      `有人为您的 ${brand} 账号申请了新密码。请在 30 分钟内打开此链接设置新密码：`,
      '如果不是您本人操作，请忽略此邮件，您的密码不会改变。',
    ],
    action: '设置新密码',
  }),
  verify_email: ({ brand }) => ({
    subject: '确认您的电子邮箱地址',
    paragraphs: [
      `您的 ${brand} 账号填写了此邮箱地址。请在一天内打开此链接进行确认：`,
      '如果不是您本人操作，请忽略此邮件，该地址将保持未确认状态。',
    ],
    action: '确认邮箱地址',
  }),
  password_changed: ({ brand }) => ({
    subject: '您的密码已更改',
    paragraphs: [`您的 ${brand} 账号的密码刚刚被更改。如果不是您本人操作，请立即重新设置密码：`],
    action: '设置新密码',
  }),
  email_changed: ({ brand }) => ({
    subject: '您的电子邮箱地址已更改',
    paragraphs: [
      `您的 ${brand} 账号填写了另一个邮箱地址，或者此地址已被移除。如果不是您本人操作，请立即设置新密码：`,
    ],
    action: '设置新密码',
  }),
  factor_added: ({ brand }) => ({
    subject: '已添加第二验证方式',
    paragraphs: [
      `您的 ${brand} 账号刚刚添加了通行密钥或身份验证器应用。如果不是您本人操作，请立即设置新密码，然后移除您不认识的验证方式：`,
    ],
    action: '设置新密码',
  }),
  factor_removed: ({ brand }) => ({
    subject: '已移除第二验证方式',
    paragraphs: [
      `您的 ${brand} 账号刚刚移除了通行密钥或身份验证器应用。如果不是您本人操作，请立即设置新密码：`,
    ],
    action: '设置新密码',
  }),
  factors_reset: ({ brand }) => ({
    subject: '您的第二验证方式已重置',
    paragraphs: [
      `管理员已移除您的 ${brand} 账号的所有通行密钥、身份验证器应用和恢复代码，并已让您在所有设备上退出登录。如果不是您要求的，请立即设置新密码：`,
    ],
    action: '设置新密码',
  }),
};

export const MAIL_TEXTS: Readonly<Record<string, MailTexts>> = { en, zh };
export const DEFAULT_MAIL_TEXTS = en;

/** Of mails that follow from a request to the API; a page knows its own language. */
export const mailLanguageOf = (req: RouteInput<object>['req']): string =>
  req.acceptsLanguages(Object.keys(MAIL_TEXTS)) || 'en';
