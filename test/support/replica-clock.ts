/** Moves this process's clock of points in time, as a machine with a wrong clock does. Monotonic time stays as it is. */
export const setClockSkew = (skewMs: number): void => {
  if (skewMs === 0) return;
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given: unknown[], newTarget: typeof Date): Date =>
      Reflect.construct(target, given.length === 0 ? [RealDate.now() + skewMs] : given, newTarget) as Date,
    get: (target, name, receiver): unknown =>
      name === "now" ? () => RealDate.now() + skewMs : Reflect.get(target, name, receiver),
  });
};
