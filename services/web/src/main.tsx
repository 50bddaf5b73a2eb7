import './ui/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startTranslations } from './i18n/i18n.ts';
import { createAppRouter } from './router.tsx';
import { createQueryClient } from './session/query-client.ts';

const queryClient = createQueryClient();
const router = createAppRouter(queryClient);
// Who is signed in, the page and its texts are fetched at the same time.
await Promise.all([startTranslations(), router.load()]);

createRoot(document.querySelector('#app') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
