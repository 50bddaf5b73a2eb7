/** The gateway tells a page's own calls from another site's by this header. */
export const OWN_CALL = { 'Latchkey-CSRF': '1' };
