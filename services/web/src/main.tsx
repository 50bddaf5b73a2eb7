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
const app = document.querySelector('#app') as HTMLElement;
try {
  // Who is signed in, the page and its texts are fetched at the same time.
  await Promise.all([startTranslations(), router.load()]);
  createRoot(app).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
} catch {
  // Without its texts, the page has those of index.html only.
  const failed = document.querySelector('#failed') as HTMLTemplateElement;
  app.replaceChildren(failed.content.cloneNode(true));
  app.querySelector('button')?.addEventListener('click', () => location.reload());
}
