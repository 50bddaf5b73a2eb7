import { publicRoute } from '@latchkey/jwt-verify/express';
import { Problem } from '@latchkey/service-kit/http/problems';
import { type Reply, type RouteInput, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { errorPage } from './error-page.ts';
import { layout } from './layout.ts';
import { type PageVisit, type PageVisits, pageHeaders } from './page-visit.ts';

interface Dependencies {
  visits: PageVisits;
  /** Of an error that is answered by a redirect; undefined for any other. */
  locationOf: (error: unknown) => string | undefined;
}

interface PageRoute {
  method: 'get' | 'post';
  path: string;
  summary: string;
  handle(visit: PageVisit, input: RouteInput<{ form: z.ZodUnknown }>): Promise<Reply> | Reply;
}

export type DefinePage = (definition: PageRoute) => ReturnType<typeof route>;

/** Any problem, as a page. */
class PageProblem extends Problem {
  readonly #html: string;

  constructor(problem: Problem, html: string) {
    const { code, status, detail, cause } = problem;
    const headers = { ...problem.headers, ...pageHeaders({}) };
    super(code, { status, detail }, { headers, cause });
    this.#html = html;
  }

  override get contentType(): string {
    return 'text/html; charset=utf-8';
  }

  override get body(): string {
    return this.#html;
  }
}

/** Makes the function that declares routes for browsers: what goes wrong there is a page, too. */
export const pageRoutes =
  ({ visits, locationOf }: Dependencies): DefinePage =>
  ({ method, path, summary, handle }) =>
    route({
      method,
      path,
      guard: publicRoute,
      summary,
      ...(method === 'post' ? { request: { form: z.unknown() } } : {}),
      responses: {
        200: { description: 'A page.', contentType: 'text/html', schema: z.string() },
        303: { description: 'Elsewhere: a page here, or the client.' },
        400: { description: 'A page that says why the request cannot be answered.' },
      },
      // The API document is for programs; docs/sign-in.md has the addresses to send people to.
      hidden: true,
      async handle(input) {
        const visit = visits.of(input);
        try {
          return await handle(visit, input as RouteInput<{ form: z.ZodUnknown }>);
        } catch (error) {
          const location = locationOf(error);
          if (location === undefined) throw error;
          return visit.redirect(location);
        }
      },
      mapProblem: (problem, req) => asPage(problem, req, visits),
    });

function asPage(problem: Problem, req: RouteInput<object>['req'], visits: PageVisits): Problem {
  const { context } = req;
  const pageContext = visits.of({ req, context }).contextFor();
  const content = errorPage(pageContext, problem, context.requestId);
  return new PageProblem(problem, layout(pageContext, visits.styleUrl, content));
}
