// Checks that every production dependency has a licence that we may use and is listed in docs/licences.md, and writes
// the SBOM (CycloneDX) of this state. Works offline, from what is installed.
//   node tools/check-supply.mjs [--write]     --write rewrites docs/licences.md
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const LIST = 'docs/licences.md';
const SBOM = '.cache/sbom.cyclonedx.json';

// Permissive all. A licence that is not here needs a decision, not a line.
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Unlicense',
]);

const HEAD = `# Licences of what we use

Every package of others that production needs, by licence. Written by \`node tools/check-supply.mjs --write\`; \`pnpm check\`
fails when it is not what is installed, or when a licence is none of those that the script allows. Builds of one package
for single platforms are left out. The SBOM is made by \`pnpm check\` into \`${SBOM}\`.
`;

/** Which of them are installed depends on the machine. */
const isForOnePlatform = (name) =>
  /(?:^|[-/])(?:darwin|linux|win32|freebsd)-(?:x64|arm64|arm|ia32)\b/.test(name);

/** A licence expression of alternatives is as good as its best one. */
const isAllowed = (licence) =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((alternative) => ALLOWED.has(alternative.trim()));

function listPackages() {
  const text = execFileSync('pnpm', ['--recursive', 'licenses', 'list', '--prod', '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Object.entries(JSON.parse(text)).map(([licence, packages]) => ({ licence, packages }));
}

function describe(groups) {
  const parts = groups
    .toSorted((a, b) => (a.licence < b.licence ? -1 : 1))
    .map(({ licence, packages }) => {
      const lines = packages
        .filter(({ name }) => !isForOnePlatform(name))
        .map(({ name, versions }) => `- \`${name}\` ${versions.toSorted().join(', ')}`)
        .toSorted();
      return lines.length === 0 ? '' : `\n## ${licence}\n\n${lines.join('\n')}\n`;
    });
  return HEAD + parts.join('');
}

function makeSbom() {
  mkdirSync('.cache', { recursive: true });
  const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--prod', '--out', SBOM];
  execFileSync('pnpm', ['sbom', ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const groups = listPackages();
const faults = groups
  .filter(({ licence }) => !isAllowed(licence))
  .map(({ licence, packages }) => `${licence}: ${packages.map(({ name }) => name).join(', ')}`);
const list = describe(groups);
if (process.argv.includes('--write')) writeFileSync(LIST, list);
else if (readFileSync(LIST, 'utf8') !== list)
  faults.push(`${LIST} is not what is installed: node tools/check-supply.mjs --write`);
makeSbom();
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
