/** Freeze a value of JSON all the way down; `parseJsonObject` has bounded how deep that is. */
export const deepFreeze = <Value extends object>(value: Value): Value => {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) {
      deepFreeze(member);
    }
  }
  return Object.freeze(value);
};
