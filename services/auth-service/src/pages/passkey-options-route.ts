import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import type { PageVisit, PageVisits } from './page-visit.ts';

interface PasskeyOptions {
  path: string;
  optionsFor(visit: PageVisit, query: object): Promise<object>;
}

export type DefinePasskeyOptions = (definition: PasskeyOptions) => ReturnType<typeof route>;

/** Makes the function that declares where the script of the pages gets what a passkey is to sign. */
export const passkeyOptionRoutes =
  (visits: PageVisits): DefinePasskeyOptions =>
  ({ path, optionsFor }) =>
    route({
      method: 'post',
      path,
      guard: publicRoute,
      summary: 'What a passkey is to sign (Web Authentication Level 3)',
      request: { form: z.unknown() },
      responses: { 200: { description: 'Options for `navigator.credentials`.', schema: z.json() } },
      hidden: true,
      async handle(input) {
        const visit = visits.of(input);
        visit.ownForm(input.body);
        return ok(await optionsFor(visit, input.req.query));
      },
    });
