/** What a person types to install Redis on this machine. */
import { readFileSync } from 'node:fs';

const BY_DISTRIBUTION: Record<string, string> = {
  debian: 'sudo apt-get install redis-server',
  ubuntu: 'sudo apt-get install redis-server',
  fedora: 'sudo dnf install valkey',
  rhel: 'sudo dnf install valkey',
  centos: 'sudo dnf install valkey',
  alpine: 'sudo apk add valkey',
  arch: 'sudo pacman -S valkey',
  suse: 'sudo zypper install valkey',
};

/** The distribution's own id and those it derives from, in that order (os-release(5)). */
function listDistributions(): string[] {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
  } catch {
    return [];
  }
}

export function redisInstallLine(): string {
  if (process.platform === 'darwin') return 'brew install redis';
  const known = listDistributions().find((id) => id in BY_DISTRIBUTION);
  return (known && BY_DISTRIBUTION[known]) ?? 'your package manager (redis or valkey)';
}
