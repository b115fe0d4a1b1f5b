/** Wakes one who waits. Rung while nobody waits, it is heard by the next; ten rings are one. */
export interface Bell {
  ring(): void;
  /** Of two who wait only the later one is woken. */
  heard(): Promise<void>;
  /** Whether it was rung within the time. */
  heardWithin(ms: number): Promise<boolean>;
}

export const createBell = (): Bell => {
  let isRung = false;
  let wake: ((isRing: boolean) => void) | undefined;
  const ring = (): void => {
    isRung = true;
    wake?.(true);
  };
  const wait = async (ms: number | undefined): Promise<boolean> => {
    if (!isRung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<boolean>((resolve) => {
        wake = resolve;
        if (ms !== undefined) timer = setTimeout(resolve, ms, false).unref();
      });
      clearTimeout(timer);
      wake = undefined;
    }
    const heard = isRung;
    isRung = false;
    return heard;
  };
  return {
    ring,
    async heard() {
      await wait(undefined);
    },
    heardWithin: (ms) => wait(ms),
  };
};
