import { canonicalNameOf } from './canonical-name.ts';
import { SKELETON_VERSION, skeletonOf } from './skeleton.ts';

/** What is kept beside a username: how it is found, how it is told from others, and by which rules. */
export const foldedForms = (username: string) => ({
  canonicalName: canonicalNameOf(username),
  skeleton: skeletonOf(username),
  skeletonVersion: SKELETON_VERSION,
});
