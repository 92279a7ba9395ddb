/**
 * Watches folders for changed sources. Neither Node's `--watch` nor `fs.watch` with `recursive` is used: on Linux both lose
 * a file that an editor or git replaces by renaming. A folder that is created later is not watched.
 */
import { existsSync, readdirSync, watch } from 'node:fs';
import path from 'node:path';

/** Tests and what is not code do not change a running app. */
const SOURCE = /(?<!\.test)\.ts$|\.lua$/;
/** One save or one checkout is many events. */
const QUIET_MS = 200;

/** The folder `src` of each package below `dir`, and all folders in it. */
function sourceFolders(dir: string): string[] {
  const roots = readdirSync(dir).map((name) => path.join(dir, name, 'src'));
  return roots.filter(existsSync).flatMap((root) => {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const inner = entries.filter((entry) => entry.isDirectory());
    return [root, ...inner.map(({ parentPath, name }) => path.join(parentPath, name))];
  });
}

/** Calls `onChange` with the last changed file after each burst of changes. Returns what ends it. */
export function watchSources(dirs: readonly string[], onChange: (file: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watchers = dirs.flatMap(sourceFolders).map((folder) =>
    watch(folder, (_event, name) => {
      if (name === null || !SOURCE.test(name)) return;
      clearTimeout(timer);
      timer = setTimeout(() => onChange(path.join(folder, name)), QUIET_MS);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
