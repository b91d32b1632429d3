// Which clients this machine has. test/run.ts says in the environment variable DAYPASS_TEST_LACKS what it does not: JSON, a list of parts.

/** What each needs, in the words of test/support/system-packages.ts; the others come with npm. */
const needs: Record<string, readonly string[]> = {
  'AWS CLI': ['/usr/bin/aws'],
  boto3: ['boto3'],
  CRT: ['awscrt'],
  'Go v1': ['Go', "Go's SDK v1"],
  'Go v2': ['Go', "Go's SDK v2"],
  PHP: ['PHP'],
  Ruby: ['Ruby with the AWS SDK'],
  rclone: ['rclone'],
  restic: ['restic'],
};

/** Why these clients cannot be tried here, for a test's `skip`; false where they can. */
export function lacks(...clients: readonly string[]): string | false {
  const missing: string[] = JSON.parse(process.env.DAYPASS_TEST_LACKS ?? '[]');
  const wanted = clients.flatMap((client) => needs[client] ?? []);
  const lacking = missing.filter((part) => wanted.includes(part));
  return lacking.length > 0 && `this machine lacks ${lacking.join(', ')}`;
}

/** Why there can be no row of the matrix for this text, which names one client or several. */
export function lacksAnyOf(text: string): string | false {
  return lacks(...Object.keys(needs).filter((client) => text.includes(client)));
}
