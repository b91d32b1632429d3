// The address of the repository is a placeholder until its owner is known. Nothing may be published with it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from './fault.mjs';
import { trackedLines } from './git.mjs';

/** Those that define and test the placeholder. */
const about = ['scripts/release', 'test', 'CHANGELOG.md'];

/** The placeholder in addresses and names of images, and in CODEOWNERS. */
const owner = '(^|[^A-Za-z_-])OWNER/|@OWNER';

const unfinished = '(^|[^A-Za-z])(TODO|FIXME|TBD)([^A-Za-z]|$)';

/**
 * @param {string} root
 * @param {string | undefined} repository `owner/name` of the repository that publishes, where GitHub states it
 */
export function placeholderFaults(root, repository) {
  const others = [':/', ...about.map((path) => `:(exclude)${path}`)];
  const excluded = [...about, 'launcher'].map((path) => `':!${path}'`).join(' ');
  const left = trackedLines(root, owner, others);
  const open = trackedLines(root, unfinished, others);
  return [
    ...addressFaults(root, repository),
    ...left.map((line) =>
      fault(
        `the owner is a placeholder: ${line}`,
        `run: git grep -lz OWNER -- ${excluded} | xargs -0 perl -pi -e 's/\\bOWNER\\b/your-name/g', then look at git diff`,
      ),
    ),
    ...open.map((line) => fault(`unfinished: ${line}`, 'finish or delete it')),
  ];
}

/**
 * @param {string} root
 * @param {string | undefined} publishing
 */
function addressFaults(root, publishing) {
  const { repository, homepage, bugs } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, name] = /^git\+https:\/\/github\.com\/([^/]+\/[^/]+)\.git$/.exec(repository?.url ?? '') ?? [];
  if (!name)
    return [
      fault(
        `package.json has the repository ${repository?.url ?? 'none'}`,
        'set repository.url to git+https://github.com/OWNER/daypass.git, with your name',
      ),
    ];
  const faults = [];
  const wanted = {
    homepage: `https://github.com/${name}#readme`,
    'bugs.url': `https://github.com/${name}/issues`,
  };
  const found = { homepage, 'bugs.url': bugs?.url };
  for (const [key, value] of Object.entries(wanted))
    if (found[/** @type {keyof typeof found} */ (key)] !== value)
      faults.push(
        fault(`${key} of package.json is of another repository than repository.url`, `set it to ${value}`),
      );
  // npm compares them: https://docs.npmjs.com/generating-provenance-statements
  if (publishing !== undefined && publishing !== name)
    faults.push(
      fault(
        `package.json names the repository ${name}, and ${publishing} publishes`,
        `set repository, homepage and bugs to ${publishing}: npm accepts the provenance of no other`,
      ),
    );
  return faults;
}
