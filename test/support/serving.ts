import { type Endpoint, endpointOf } from './endpoint-attacks.ts';
import type { Running, RunResult, Sandbox } from './sandbox.ts';
import { until } from './until.ts';

/** A command of `exec --server` that runs. */
export interface Serving extends Endpoint {
  running: Running;
  /** Ends the command with 0, and waits for daypass. */
  end(): Promise<RunResult>;
}

const command =
  'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; trap "exit 0" TERM; while :; do sleep 0.05; done';

/** Starts a command that prints its endpoint, and waits until it has. Throws if daypass does not start it. */
export async function startServing(
  { sandbox }: { sandbox: Sandbox },
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Serving> {
  const words = ['exec', '--server', '--profile', 'developer', ...args, '--', '/bin/sh', '-c', command];
  const running = sandbox.start(words, { env });
  let ended = false;
  void running.exit.then(() => (ended = true));
  await until(() => ended || running.stdout().includes('\n'), 'the command runs');
  if (ended) throw new Error(`the command did not start: ${running.stderr()}`);
  const [uri = '', token = ''] = running.stdout().trim().split(' ');
  return {
    ...endpointOf(uri, token),
    running,
    end() {
      running.kill('SIGTERM');
      return running.exit;
    },
  };
}
