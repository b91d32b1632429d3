// Finds the clients that are not installed. test/run.ts lists the missing parts as JSON in
// DAYPASS_TEST_LACKS.

/** The part that each client needs, named as in test/support/system-packages.ts. npm installs the others. */
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
  'AWS CLI 1, newest': ["Python's venv"],
  'boto3, newest': ["Python's venv"],
  'Go v2, newest': ['Go 1.24 or newer'],
  'Ruby, newer': ['Ruby with the AWS SDK'],
  'Java v2': ['Maven and a JDK'],
  Kotlin: ['Maven and a JDK'],
  Rust: ['Rust 1.94 or newer'],
};

/** Returns the reason why these clients cannot run here, for a test's `skip`, or false. */
export function lacks(...clients: readonly string[]): string | false {
  const missing: string[] = JSON.parse(process.env.DAYPASS_TEST_LACKS ?? '[]');
  const wanted = clients.flatMap((client) => needs[client] ?? []);
  const lacking = missing.filter((part) => wanted.includes(part));
  return lacking.length > 0 && `this machine lacks ${lacking.join(', ')}`;
}

/** Returns the reason why the matrix has no row for this text, which names one or more clients. */
export function lacksAnyOf(text: string): string | false {
  return lacks(...Object.keys(needs).filter((client) => text.includes(client)));
}
