import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNoViolations, openWebStack, signIn, type WebStack } from '../src/web-app.ts';

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M4 4h16v16H4z"/></svg>';

/** Another team's: a page of its own, and an API behind the same address. */
const parcels = createServer(({ url, headers }, res) => {
  if (url === '/parcels/icon.svg') return res.setHeader('Content-Type', 'image/svg+xml').end(ICON);
  if (url === '/parcels/app') {
    res.setHeader('Content-Type', 'text/html');
    return res.end('<!doctype html><title>Parcels</title><h1>One parcel is on its way</h1>');
  }
  res.statusCode = headers.authorization?.startsWith('Bearer ') || url === '/readyz' ? 200 : 401;
  return res.end('{}');
});

let web: WebStack;
beforeAll(async () => {
  parcels.listen(0, '127.0.0.1');
  await once(parcels, 'listening');
  web = await openWebStack(
    {},
    {
      name: 'parcels',
      url: `http://127.0.0.1:${(parcels.address() as AddressInfo).port}`,
      routes: ['/parcels'],
      scopes: { 'parcels:read': 'Read parcels' },
      app: {
        name: { en: 'Parcels', zh: '包裹' },
        path: '/parcels/app',
        icon: '/parcels/icon.svg',
        scope: 'parcels:read',
      },
    },
  );
});
afterAll(async () => {
  await web?.stop();
  parcels.close();
});

test("another team's page is in the navigation by its service.json alone, with the same login", async () => {
  const page = await web.openPage();
  await signIn(page, 'wangerge');
  const link = page.getByRole('navigation').getByRole('link', { name: 'Parcels', exact: true });
  await link.waitFor();
  await expectNoViolations(page);
  await link.click();
  await page.getByRole('heading', { name: 'One parcel is on its way' }).waitFor();
  expect(await page.evaluate('fetch("/parcels/mine").then(({ status }) => status)')).toBe(200);
});

test('its name is in the language of the person, and nobody sees it before a sign-in', async () => {
  const page = await web.openPage({ locale: 'zh-CN' });
  await page.goto('/');
  await page.getByRole('button', { name: '登录' }).first().waitFor();
  expect(await page.getByRole('link', { name: '包裹' }).count()).toBe(0);
  await signIn(page, 'wangerge');
  await page.getByRole('navigation').getByRole('link', { name: '包裹' }).waitFor();
});
