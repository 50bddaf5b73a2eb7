import { z } from 'zod';

const MAX_NAME_LENGTH = 40;

const appName = z.string().trim().min(1).max(MAX_NAME_LENGTH);

/** A path as browsers leave it: no dots to resolve, nothing to decode. */
const appPath = z
  .string()
  .max(256)
  .regex(/^(?:\/[\w~-][\w.~-]*)+\/?$/, 'must be a path like /billing/app');

/** Where a service's own pages are, for the browser app to link to. */
export const appMember = z.strictObject({
  name: z
    .union([appName, z.strictObject({ en: appName, zh: appName })])
    .transform((name) => (typeof name === 'string' ? { en: name, zh: name } : name)),
  path: appPath,
  icon: appPath.regex(/\.svg$/, 'must be the path of an SVG, like /billing/icon.svg').optional(),
  /** Who has it is shown the link; without it everyone who is signed in. */
  scope: z.string().optional(),
});

export type AppMember = z.output<typeof appMember>;

interface Service {
  routes: readonly string[];
  scopes: Readonly<Record<string, string>>;
  app?: AppMember | undefined;
}

/** What `app` names that is not this service's, by member, and why that is wrong. */
export function strangersInApp({ routes, scopes, app }: Service): [member: string, why: string][] {
  if (!app) return [];
  const { path, icon, scope } = app;
  const isOwn = (each: string) =>
    routes.some((route) => each === route || each.startsWith(`${route}/`));
  const outside = Object.entries({ path, icon })
    .filter(([, each]) => each !== undefined && !isOwn(each))
    .map(([member, each]): [string, string] => [
      `app.${member}`,
      `${each} is below none of this service's routes`,
    ]);
  if (scope === undefined || Object.hasOwn(scopes, scope)) return outside;
  return [...outside, ['app.scope', `${scope} is none of this service's scopes`]];
}
