/** Something that runs now and has to end before `up` does. */
export interface Started {
  stop: () => Promise<void>;
  kill: () => Promise<void> | void;
}
