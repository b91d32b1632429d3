// Few calls need this, so it loads its parts of Node lazily.

/** Milliseconds for a directory service such as LDAP. */
const patience = 3000;

/** The last folder is that of NixOS. None can be changed by other users. */
const path = '/usr/bin:/bin:/run/current-system/sw/bin';

const answers = new Map<string, { status: number | null; answer: string }>();

/**
 * Asks a program of the system about a user or a group, once. Only these programs know those of a directory
 * service, and those of macOS. The status is null if there is no answer.
 */
export function askAboutAccount(program: 'id' | 'getent', words: readonly string[]) {
  const question = [program, ...words].join(' ');
  const known = answers.get(question);
  if (known) return known;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const options = { encoding: 'utf8', timeout: patience, env: { PATH: path } } as const;
  const { status, stdout } = spawnSync(program, words, options);
  const told = { status, answer: (stdout ?? '').trim() };
  answers.set(question, told);
  return told;
}
