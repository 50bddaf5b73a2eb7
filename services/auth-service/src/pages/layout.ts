import { html } from 'hono/html';
import type { Brand } from './brand.ts';
import type { Language } from './language.ts';
import { passkeyScript } from './passkey-script.ts';

/** Escaped text of a page. */
export type Html = ReturnType<typeof html>;

export interface PageContext {
  brand: Brand;
  language: Language;
  /** What the request for authorization brings along; empty without one. */
  query: string;
  /** For forms. */
  formToken: string;
  /** Whether links can be mailed to people. */
  sendsMail: boolean;
  /** The other provider that people may sign in with. */
  providerName: string | undefined;
}

export interface PageContent {
  title: string;
  body: Html;
  /** Where the browser goes at once. */
  goesTo?: string;
  /** With room for lists. */
  isWide?: boolean;
  /** With the script for passkeys. */
  usesPasskeys?: boolean;
}

/** The frame of every page. */
export const layout = (
  { brand, language }: Pick<PageContext, 'brand' | 'language'>,
  styleUrl: string,
  { title, body, goesTo, isWide, usesPasskeys }: PageContent,
): string =>
  String(html`<!doctype html>
<html lang="${language.code === 'zh' ? 'zh-Hans' : language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${goesTo === undefined ? '' : html`<meta http-equiv="refresh" content="0;url=${goesTo}">`}
<title>${title} · ${brand.name}</title>
<link rel="stylesheet" href="${styleUrl}">
${usesPasskeys ? html`<script src="${passkeyScript.url}" defer></script>` : ''}
<link rel="icon" href="data:,">
</head>
<body${isWide ? html` class="wide"` : ''}>
<header class="brand"><span class="logo" aria-hidden="true">${brand.letter}</span> ${brand.name}</header>
<main>${body}</main>
</body>
</html>
`);

/** An address of this service with the request for authorization brought along. */
export const withQuery = (path: string, query: string): string =>
  query === '' ? path : `${path}?${query}`;

/** A form that only a page of this browser can send. */
export const form = (
  { query, formToken }: Pick<PageContext, 'query' | 'formToken'>,
  path: string,
  content: Html,
  attributes: Html | '' = '',
): Html => html`<form method="post" action="${withQuery(path, query)}" novalidate${attributes}>
<input type="hidden" name="form_token" value="${formToken}">
${content}
</form>`;
