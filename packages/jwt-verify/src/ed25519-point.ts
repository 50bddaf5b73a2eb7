const P = 2n ** 255n - 19n;
const SIGN_BIT = 1n << 255n;

// The y coordinates of the points of order 1, 2, 4 and 8 (RFC 8032 §5.1.7 leaves them to us).
const ORDER_8_Y = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const LOW_ORDER_Y = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y]);

/**
 * Whether an encoded Ed25519 public key is a point of small order, or not the canonical encoding of
 * a point at all. Under such a key signatures exist that fit any message.
 */
export const isLowOrder = (encoded: Buffer): boolean => {
  const y = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`) & (SIGN_BIT - 1n);
  return y >= P || LOW_ORDER_Y.has(y);
};
