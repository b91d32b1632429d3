// The tarball: the executable with its licences, its manual page and its completions.
import { join } from 'node:path';
import { targetOf } from '../executable/targets.mjs';
import { layOut, pack } from './contents.mjs';

/**
 * Returns the name of the tarball.
 * @param {string} target
 * @param {import('./facts.mjs').Facts} facts
 */
export function tarballName(target, { version }) {
  return `daypass-${version}-${target}.tar.gz`;
}

/**
 * Returns the name of the file that it has built.
 * @param {import('./contents.mjs').Contents} contents
 * @param {import('./facts.mjs').Facts} facts
 * @param {import('./contents.mjs').Places} places
 */
export function buildTarball(contents, facts, { workshop, folder }) {
  const { target, executable, licence, thirdParty, manual, completions } = contents;
  const name = tarballName(target, facts);
  const top = name.replace(/\.tar\.gz$/, '');
  const tree = join(workshop, `tarball-${target}`);
  /** @type {import('./contents.mjs').Files} */
  const files = {
    [`daypass${targetOf(target).ending}`]: { from: executable },
    LICENSE: { text: licence },
    'THIRD-PARTY.txt': { text: thirdParty },
    'daypass.1': { text: manual },
    'completions/daypass.bash': { text: completions.bash },
    'completions/_daypass': { text: completions.zsh },
    'completions/daypass.fish': { text: completions.fish },
  };
  layOut(join(tree, top), files, facts.time);
  const words = [
    ...['--create', '--format=ustar', '--sort=name', '--owner=root:0', '--group=root:0', '--numeric-owner'],
    // Homebrew, Docker and Windows unpack gzip without another program.
    ...[`--mtime=@${facts.time}`, '--use-compress-program=gzip -6 --no-name'],
    ...['--file', join(folder, name), '--directory', tree, top],
  ];
  pack('tar', words, facts.time, workshop);
  return name;
}
