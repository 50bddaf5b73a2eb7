import { canonicalNameOf } from './canonical-name.ts';
import { SKELETON_VERSION, skeletonOf } from './skeleton.ts';

/** What is kept beside a username: its canonical name, its skeleton, and the version of the rules. */
export const foldedForms = (username: string) => ({
  canonicalName: canonicalNameOf(username),
  skeleton: skeletonOf(username),
  skeletonVersion: SKELETON_VERSION,
});
