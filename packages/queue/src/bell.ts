/** Wakes somebody who sleeps for a while at most. A ring that nobody waits for wakes whoever sleeps next. */
export interface Bell {
  ring(): void;
  sleep(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    async sleep(ms) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = (): void => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isRung = false;
    },
  };
}
