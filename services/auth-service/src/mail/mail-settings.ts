import { z } from 'zod';

/** How mail leaves. */
export type MailSettings = { from: string } & (
  | { by: 'smtp'; server: SmtpServer }
  /** Shown rather than sent, and kept as a file in the folder if there is one. */
  | { by: 'development'; folder: string | undefined }
);

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte. */
  secure: boolean;
  /** Send nothing without TLS. */
  requireTLS: boolean;
  auth: { user: string; pass: string } | undefined;
}

/** `Name <address>`, or an address alone; no line ends, quotes or commas. */
const FROM = /^(?:[^\p{Cc}"<>,;:@\\]{1,64} <)?([^\s<>]+@[^\s<>]+?)>?$/u;

const isSender = (text: string): boolean => {
  const [, address] = FROM.exec(text) ?? [];
  return text.includes('<') === text.endsWith('>') && z.email().safeParse(address).success;
};

export const mailEnv = {
  SMTP_URL: z
    .string()
    .refine(
      (text) => ['smtp:', 'smtps:'].includes(URL.parse(text)?.protocol ?? ''),
      'must be like smtps://user:password@mail.example.com',
    )
    .optional(),
  MAIL_FROM: z.string().refine(isSender, 'must be like Latchkey <login@example.com>').optional(),
  MAIL_DIR: z.string().min(1).optional(),
};

type MailValues = z.infer<z.ZodObject<typeof mailEnv>>;

/** Absent when nothing can be sent. */
export function toMailSettings(values: MailValues, issuer: string): MailSettings | undefined {
  const { SMTP_URL: url, MAIL_FROM, MAIL_DIR: folder } = values;
  const { hostname, protocol } = new URL(issuer);
  const from = MAIL_FROM ?? `no-reply@${hostname}`;
  if (url !== undefined) return { by: 'smtp', from, server: toServer(new URL(url)) };
  return protocol === 'http:' ? { by: 'development', from, folder } : undefined;
}

export const mailProblems = ({ SMTP_URL, MAIL_FROM }: MailValues): string[] =>
  SMTP_URL !== undefined && MAIL_FROM === undefined
    ? ['MAIL_FROM: must be set with SMTP_URL, like Latchkey <login@example.com>']
    : [];

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function toServer(url: URL): SmtpServer {
  const { hostname, port, username, password, searchParams } = url;
  const secure = url.protocol === 'smtps:';
  const plain = LOOPBACK.test(hostname) || searchParams.get('tls') === 'off';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // A link that sets a password does not travel in the clear.
    requireTLS: !secure && !plain,
    auth:
      username === ''
        ? undefined
        : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
  };
}
