import type { Reply } from '@latchkey/service-kit/http/route';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { withQuery } from '../pages/layout.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { AuthorizeOperations, NextStep } from './authorize-operations.ts';

/** Sends the browser where a request goes on. */
export type GoOn = (
  visit: PageVisit,
  request: AuthorizationRequest,
  login: BrowserLogin | undefined,
) => Promise<Reply>;

const PAGES = {
  sign_in: '/sign-in',
  prove_factor: '/sign-in/second-factor',
  ask_consent: '/consent',
} as const;

/** Where the browser goes for a step. */
export const locationOfStep = (step: NextStep, { query }: AuthorizationRequest): string =>
  step.do === 'answer' ? step.location : withQuery(PAGES[step.do], query);

export const goOnWith =
  ({ nextStep }: Pick<AuthorizeOperations, 'nextStep'>): GoOn =>
  async (visit, request, login) =>
    visit.redirect(locationOfStep(await nextStep(request, login), request));
