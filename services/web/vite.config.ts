import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

/** Where `pnpm dev` finds the services: a stack that runs. */
const GATEWAY = process.env.GATEWAY_URL ?? 'http://localhost:8080';
const SERVICE_PATHS = [
  '/session',
  '/users',
  '/sessions',
  '/todo',
  '/tickets',
  '/admin',
  '/.well-known',
  '/system',
];

/** The libraries that no single page has to itself. */
const isForEveryPage = /node_modules\/(?!\.pnpm\/|bowser|react-hook-form|@base-ui\/react\/toggle)/;

export default defineConfig({
  plugins: [react(), compression({ algorithms: ['brotliCompress', 'gzip'], threshold: 512 })],
  build: {
    target: 'es2023',
    // Every file has an address of its own: the policy of the page allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page needs is in few files: a browser fetches six at a time (HTTP/1.1).
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 2 },
            { name: 'libraries', test: isForEveryPage, priority: 1 },
            { name: 'shell', test: /src\/(api|session|shell|ui)\// },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      SERVICE_PATHS.map((path) => [
        // Not `/todos`, which is the app's.
        `^${path}(?=[/?]|$)`,
        // A page of the gateway's own, as far as the gateway can see.
        { target: GATEWAY, changeOrigin: true, headers: { origin: GATEWAY } },
      ]),
    ),
  },
});
