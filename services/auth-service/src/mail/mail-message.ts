import { html } from 'hono/html';
import type { Message } from './mail-sender.ts';
import { DEFAULT_MAIL_TEXTS, MAIL_TEXTS } from './mail-texts.ts';
import type { OutgoingMail } from './outgoing-mail-repository.ts';

/** Whose mail it is. */
export interface MailBrand {
  name: string;
  /** As `#1f5f4a`. */
  accent: string;
}

interface Addressee {
  username: string;
  address: string;
  /** Where the mail leads. */
  link: string;
}

/** The same as text and as simple HTML; everything in it is escaped. */
export function messageOf(
  { kind, language }: Pick<OutgoingMail, 'kind' | 'language'>,
  { username, address, link }: Addressee,
  brand: MailBrand,
): Message {
  const texts = MAIL_TEXTS[language] ?? DEFAULT_MAIL_TEXTS;
  const { subject, paragraphs, action } = texts[kind]({ brand: brand.name, username });
  const [first = '', ...rest] = paragraphs;
  const hello = texts.hello(username);
  const button = `display:inline-block;padding:10px 18px;border-radius:6px;background:${brand.accent};color:#fff;text-decoration:none`;
  const body = html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : language}">
<head><meta charset="utf-8"><title>${subject}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<p>${hello}</p>
<p>${first}</p>
<p><a href="${link}" style="${button}">${action}</a></p>
<p style="word-break:break-all">${link}</p>
${rest.map((paragraph) => html`<p>${paragraph}</p>`)}
<p>${brand.name}</p>
</body>
</html>
`;
  return {
    to: address,
    subject: `${subject} · ${brand.name}`,
    text: `${[hello, first, link, ...rest, brand.name].join('\n\n')}\n`,
    html: String(body),
  };
}
