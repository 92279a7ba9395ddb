/** An interruptible sleep for one sleeper. A ring without a sleeper makes the next sleep return at once. */
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
