import { execFileSync } from 'node:child_process';

/**
 * Returns the lines that git prints in this folder. Throws if git fails.
 * @param {string} root
 * @param {readonly string[]} words
 */
export function git(root, words) {
  const printed = execFileSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 });
  return printed.split('\n').filter((line) => line !== '');
}

/**
 * Returns the lines of tracked text files that match, as `file:line: text`.
 * @param {string} root
 * @param {string} pattern an extended regular expression
 * @param {readonly string[]} paths pathspecs
 */
export function trackedLines(root, pattern, paths) {
  try {
    return git(root, ['grep', '--no-color', '-I', '-n', '-E', '-e', pattern, '--', ...paths]).map((line) =>
      line.replace(/^([^:]*:\d+):\s*/, '$1: '),
    );
  } catch (error) {
    // It found nothing.
    if (/** @type {{ status?: number }} */ (error).status === 1) return [];
    throw error;
  }
}
