import type { Reply, RouteInput } from '@latchkey/service-kit/http/route';
import { newSecret } from '@latchkey/service-kit/http/secrets';
import {
  type BrowserCookies,
  browserCookies,
  formTokenOf,
  isFormTokenOf,
} from '../browser/browser-cookies.ts';
import { type Caller, callerOf } from '../caller.ts';
import { problems } from '../errors.ts';
import { readParameters, type TokenParameters } from '../tokens/token-request.ts';
import type { Brand } from './brand.ts';
import { languageOf } from './language.ts';
import { layout, type PageContent, type PageContext } from './layout.ts';
import { leavingPage } from './leaving-page.ts';
import type { Stylesheet } from './stylesheet.ts';

interface Dependencies {
  issuer: string;
  brand: Brand;
  stylesheet: Stylesheet;
  sendsMail: boolean;
  providerName: string | undefined;
  browserLoginSeconds: number;
}

/** What pages bring along: an authorization request, or what else the person came for. */
export interface BroughtAlong {
  query: string;
  uiLocales: string | undefined;
}

type Input = Pick<RouteInput<object>, 'req' | 'context'>;

/** One request of a browser to a hosted page, and how it is answered. */
export interface PageVisit {
  caller: Caller;
  /** The secret of the cookie that says who is signed in. */
  login: string | undefined;
  /** The secret of this browser's cookie; a new one if it had none. */
  browser: string;
  signedIn(secret: string): void;
  signedOut(): void;
  /** @throws Problem `form_expired` for what no page of this browser has sent */
  ownForm(body: unknown): TokenParameters;
  isOwnForm(body: unknown): boolean;
  contextFor(request?: BroughtAlong): PageContext;
  page(status: number, content: PageContent, request?: BroughtAlong): Reply;
  /** A page whose address has a secret in it: no other request is told of it. */
  secretPage(status: number, content: PageContent): Reply;
  /**
   * To elsewhere a form leads by a page: browsers hold it to `form-action`, and so every redirect that
   * follows, the client's own too.
   */
  redirect(location: string): Reply;
}

export type PageVisits = ReturnType<typeof pageVisits>;

const HTML = 'text/html; charset=utf-8';

export function pageVisits(deps: Dependencies) {
  const { issuer, brand, stylesheet, sendsMail, providerName, browserLoginSeconds } = deps;
  const cookies = browserCookies(issuer);
  const { origin } = new URL(issuer);

  return {
    styleUrl: stylesheet.url,

    of({ req, context }: Input): PageVisit {
      const given: BrowserCookies = cookies.read(req.headers.cookie);
      const browser = given.browser ?? newSecret();
      const setCookies = given.browser === undefined ? [cookies.browser(browser)] : [];
      const withCookies = (headers: Record<string, string>) => ({
        ...headers,
        ...(setCookies.length > 0 ? { 'Set-Cookie': setCookies } : {}),
      });
      const contextFor = (request?: BroughtAlong): PageContext => ({
        brand,
        language: languageOf(req, request?.uiLocales),
        query: request?.query ?? '',
        formToken: formTokenOf(browser),
        sendsMail,
        providerName,
      });
      const page: PageVisit['page'] = (status, content, request) => ({
        status,
        body: layout(contextFor(request), stylesheet.url, content),
        headers: withCookies({ 'Content-Type': HTML, ...pageHeaders(content) }),
      });
      const isOwnForm = (body: unknown) =>
        given.browser !== undefined &&
        comesFromHere(req, origin) &&
        isFormTokenOf(given.browser, formTokenIn(body));

      return {
        caller: callerOf({ req, context }),
        login: given.login,
        browser,
        signedIn: (secret) => void setCookies.push(cookies.login(secret, browserLoginSeconds)),
        signedOut: () => void setCookies.push(cookies.forgetLogin()),
        isOwnForm,
        ownForm(body) {
          if (!isOwnForm(body)) throw problems.form_expired();
          return readParameters(body);
        },
        contextFor,
        page,
        secretPage(status, content) {
          const reply = page(status, content);
          // With `no-referrer` browsers would send the form with `Origin: null`.
          return { ...reply, headers: { ...reply.headers, 'Referrer-Policy': 'strict-origin' } };
        },
        redirect: (location) =>
          req.method === 'POST' && !location.startsWith('/')
            ? page(200, leavingPage(contextFor(), location))
            : { status: 303, headers: withCookies({ Location: location }) },
      };
    },
  };
}

/** No frame, nothing from elsewhere, no form to elsewhere; no script but that of passkeys. */
export const pageHeaders = ({
  usesPasskeys,
}: Pick<PageContent, 'usesPasskeys'>): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    ...(usesPasskeys ? ["script-src 'self'", "connect-src 'self'"] : []),
    "style-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'X-Frame-Options': 'DENY',
  // Without a referrer browsers would send forms with `Origin: null`.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
});

/** As the browser says it; one that says nothing has the form's token to prove it. */
function comesFromHere({ headers }: RouteInput<object>['req'], origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined || headers.origin === origin;
}

const formTokenIn = (body: unknown): string => {
  const token = (body as { form_token?: unknown } | undefined)?.form_token;
  return typeof token === 'string' ? token : '';
};
