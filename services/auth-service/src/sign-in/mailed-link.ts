import { Problem } from '@latchkey/service-kit/http/problems';
import type { Reply } from '@latchkey/service-kit/http/route';
import { deadLinkPage } from '../pages/mail-pages.ts';
import type { PageVisit } from '../pages/page-visit.ts';

/** What uses up a mailed link; for one that is not good, the page that says so and leads to another. */
export async function orDeadLink(
  visit: PageVisit,
  another: string,
  work: () => Promise<Reply>,
): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'link_not_good') throw error;
    return visit.page(400, deadLinkPage(visit.contextFor(), another));
  }
}
