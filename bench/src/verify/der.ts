/** r || s as DER, plainly written: what a bare crypto.verify needs to be at its quickest. */
export const toDer = (signature: Buffer): Buffer => {
  const half = signature.length / 2;
  const body = Buffer.concat([
    integer(signature.subarray(0, half)),
    integer(signature.subarray(half)),
  ]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
};

const integer = (bytes: Buffer): Buffer => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const pad = (bytes[start] ?? 0) > 127 ? [0] : [];
  const digits = bytes.subarray(start);
  return Buffer.concat([Buffer.from([2, digits.length + pad.length, ...pad]), digits]);
};
