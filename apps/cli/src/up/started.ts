/** A running part that must end before `up` ends. */
export interface Started {
  stop: () => Promise<void>;
  kill: () => Promise<void> | void;
}
