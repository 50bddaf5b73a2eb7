/** For waits and ages, in ms: no change of the system's time moves it. */
export const monotonicMs = (): number => performance.now();
