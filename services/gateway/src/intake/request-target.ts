import type { Problem } from '@latchkey/service-kit/http/problems';
import { problems } from '../errors.ts';

const MAX_TARGET_LENGTH = 8192;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const NOT_AN_ESCAPE = /%(?![0-9a-f]{2})/i;
/** `.`, `/`, `\` and controls, written so that only the next reader of the path would see them. */
const HIDDEN = /%(?:2e|2f|5c|7f|[01][0-9a-f])/i;
/** The same below further layers of encoding, for a reader that decodes twice: `%252e`. */
const HIDDEN_DEEPER = /%(?:25)+(?:2e|2f|3b|5c|7f|[01][0-9a-f])/i;
/** Servlet containers drop what follows a `;`, so that `..;x` is `..` to them (RFC 3986 §3.3). */
const DOT_SEGMENT = /\/\.{1,2}(?:\/|;|%3b|$)/i;

/**
 * What is wrong with a request target (RFC 9112 §3.2), if anything. Only the origin form passes, and
 * only when every reader of its path must read it alike: nothing is normalized here.
 */
export function targetProblem(target: string): Problem | undefined {
  if (target.length > MAX_TARGET_LENGTH) return problems.target_too_long();
  if (target.charCodeAt(0) !== 0x2f) {
    return invalid('The request target must be a path; absolute URLs are not served here.');
  }
  if (!VISIBLE_ASCII.test(target) || target.includes('#')) {
    return invalid('The request target must be percent-encoded ASCII without a fragment.');
  }
  const path = pathOf(target);
  if (path.includes('\\')) return invalid('The path must not have a backslash.');
  if (path.includes('%')) {
    if (NOT_AN_ESCAPE.test(path)) return invalid('The path has an incomplete percent-encoding.');
    if (HIDDEN.test(path) || HIDDEN_DEEPER.test(path)) {
      return invalid('The path must not encode dots, slashes, backslashes or control characters.');
    }
    if (!isUtf8(path)) return invalid('The path must be percent-encoded UTF-8.');
  }
  if (DOT_SEGMENT.test(path)) return invalid('The path must not have "." or ".." segments.');
  return undefined;
}

/** A target's path, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

/** Overlong forms (`%c0%ae` for a dot) are not UTF-8, and some decode them all the same. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const invalid = (detail: string) => problems.invalid_target({ detail });
