// Third-party code: the install rules, the lockfile and the list of licences. `pnpm check` compares that list with the
// installed packages.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../chaos/app-process.ts';
import { readYaml } from './read-yaml.ts';

const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');
const manifests = [
  'package.json',
  ...['apps', 'packages'].flatMap(manifestsIn),
  'tests/package.json',
  'bench/package.json',
  'tools/follow-booking/package.json',
];

function manifestsIn(folder: string): string[] {
  const names = readdirSync(path.join(PROJECT, folder), { withFileTypes: true });
  return names.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}/package.json`);
}

interface Manifest {
  readonly private?: boolean;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly pnpm?: unknown;
}

const manifestOf = (file: string) => JSON.parse(read(file)) as Manifest;

describe('the rules of an install', () => {
  // Lines that quote names hold nothing that is asked about here.
  const settings = readYaml(
    read('pnpm-workspace.yaml')
      .replaceAll(/^ +'?[@\w./-]+'?: .*$/gm, '')
      .replace(/^(allowBuilds|catalog):$/gm, ''),
  );

  it('let no release in that is younger than a day, less proven than the ones before, or from elsewhere', () => {
    expect(settings).toMatchObject({
      minimumReleaseAge: '1440',
      minimumReleaseAgeStrict: 'true',
      trustPolicy: 'no-downgrade',
      blockExoticSubdeps: 'true',
      strictDepBuilds: 'true',
      strictPeerDependencies: 'true',
      saveExact: 'true',
      engineStrict: 'true',
    });
    for (const exception of ['minimumReleaseAgeExclude', 'trustPolicyExclude', 'dangerouslyAllowAllBuilds']) {
      expect(settings).not.toHaveProperty(exception);
    }
  });

  it('run no install script of any package', () => {
    const [, block = ''] = /^allowBuilds:\n((?: .*\n)+)/m.exec(read('pnpm-workspace.yaml')) ?? [];
    const judged = block
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': ').at(-1));
    expect(judged.length).toBeGreaterThan(5);
    expect(new Set(judged)).toEqual(new Set(['false']));
  });

  it('are in one place, and our own packages have no install script either', () => {
    for (const file of manifests) {
      const { scripts = {}, private: isPrivate, pnpm } = manifestOf(file);
      const own = Object.keys(scripts).filter((name) =>
        /^(?:pre|post)?(?:install|prepare|pack|publish)$/.test(name),
      );
      expect([file, own, isPrivate, pnpm]).toEqual([file, [], true, undefined]);
    }
    expect(manifestOf('package.json').packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+$/);
  });

  it('are followed where it counts: CI and images take the lockfile as it is', () => {
    expect(
      readdirSync(path.join(PROJECT, '.ci'))
        .map((name) => read(`.ci/${name}`))
        .join('\n'),
    ).toContain('install --frozen-lockfile');
    expect(manifestOf('package.json').scripts?.['check']).toContain('check:supply');
  });
});

describe('the lockfile', () => {
  const lockfile = read('pnpm-lock.yaml');
  const resolutions = [...lockfile.matchAll(/^ {4}resolution: (.*)$/gm)].map(
    ([, resolution = '']) => resolution,
  );

  it('has a checksum for every package, and no address that one comes from', () => {
    expect(resolutions.length).toBeGreaterThan(300);
    for (const resolution of resolutions) expect(resolution).toMatch(/^\{integrity: sha512-[\w+/=]+\}$/);
    expect(lockfile).not.toMatch(/\b(?:https?|git|ssh|file):\/\/|github:|tarball:/);
  });
});

describe('the list of licences', () => {
  const list = read('docs/licences.md');

  it('names every package that an app of ours depends on itself', () => {
    const named = new Set([...list.matchAll(/^- `([^`]+)` \d/gm)].map(([, name]) => name));
    for (const file of manifests.filter(
      (name) => /^(?:apps|packages)\//.test(name) && !name.includes('testkit'),
    )) {
      for (const name of Object.keys(manifestOf(file).dependencies ?? {})) {
        if (!name.startsWith('@slotline/')) expect([file, name, named.has(name)]).toEqual([file, name, true]);
      }
    }
    expect(named.size).toBeGreaterThan(80);
  });

  it('has no copyleft, restricted or unknown licence', () => {
    const licences = [...list.matchAll(/^## (.+)$/gm)].map(([, licence]) => licence);
    expect(licences).toContain('MIT');
    for (const licence of licences)
      expect(licence).not.toMatch(/GPL|AGPL|SSPL|BUSL|CC-BY-NC|Unknown|UNLICENSED/i);
  });
});
