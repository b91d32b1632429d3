import { fault } from './fault.mjs';
import { git } from './git.mjs';

/**
 * Returns a fault if the commit is not everything that would be built.
 * @param {string} root
 */
export function treeFaults(root) {
  const changed = git(root, ['status', '--porcelain']).map((line) => line.slice(3));
  if (changed.length === 0) return [];
  const some = changed.slice(0, 5).join(', ');
  const rest = changed.length > 5 ? ` and ${changed.length - 5} more` : '';
  return [
    fault(`files are not committed: ${some}${rest}`, 'commit them, or run: git stash --include-untracked'),
  ];
}
