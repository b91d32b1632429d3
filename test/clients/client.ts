// The installed AWS clients and their tasks: requests to STS or to an object storage.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacks } from './installed.ts';
import { counted, type Expected, ours } from './matrix.ts';
import { newestClients } from './newest-clients.ts';

export interface Client {
  name: string;
  words: readonly string[];
  env: Record<string, string>;
  /** Returns the starts of daypass for a number of sequential requests, with so many seconds left. */
  starts: (requests: number, left: number) => Expected;
  /** True if the client makes several requests and prints a line for each. */
  asks: boolean;
}

/** The endpoints of the requests. */
export interface Endpoints {
  sts: string;
  storage: string;
}

const programs = fileURLToPath(new URL('./programs', import.meta.url));
const python = '/usr/bin/python3';

/** The Go programs, built once for a test file. */
let built: string | undefined;
function goProgram(version: 'v1' | 'v2'): string {
  if (!built) {
    built = mkdtempSync(join(tmpdir(), 'daypass-go-'));
    const folder = built;
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    for (const each of ['v1', 'v2']) {
      if (lacks(`Go ${each}`)) continue;
      const { status, stderr } = spawnSync('/usr/bin/go', ['build', '-o', join(folder, each), '.'], {
        cwd: join(programs, `go-${each}`),
        env: {
          PATH: '/usr/bin:/bin',
          GO111MODULE: 'off',
          GOPATH: '/usr/share/gocode',
          GOCACHE: join(folder, 'cache'),
          HOME: folder,
        },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`go build of ${each}: ${stderr}`);
    }
  }
  return join(built, version);
}

export function clientsOf({ sts, storage }: Endpoints, profile: string): Client[] {
  const node = process.execPath;
  const common = { STS: sts, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', AWS_REGION: 'eu-west-1' };
  const named = { ...common, PROFILE: profile };
  const chosen = { ...common, AWS_PROFILE: profile };
  // The numbers of starts come from the code and from runs of the clients.
  const once = () => counted(1);
  const below =
    (limit: number, then: (requests: number) => Expected, otherwise: (requests: number) => Expected) =>
    (requests: number, left: number) =>
      left < limit ? then(requests) : otherwise(requests);
  const all: Client[] = [
    {
      name: 'AWS CLI',
      words: [join(programs, 'aws-cli.sh'), '/usr/bin/aws'],
      env: named,
      starts: below(
        900,
        (requests) => counted(2 * requests),
        (requests) => counted(requests),
      ),
      asks: true,
    },
    {
      name: 'boto3',
      words: [python, join(programs, 'boto3_client.py')],
      env: named,
      starts: below(900, (requests) => counted(requests + 1), once),
      asks: true,
    },
    {
      name: 'JavaScript v3, default chain',
      words: [node, '--no-warnings', join(programs, 'sdk-v3.mjs')],
      env: chosen,
      // This client refreshes in the background, at the same time for several requests.
      starts: below(300, (requests) => ({ ...ours(requests + 1), upTo: true }), once),
      asks: true,
    },
    {
      name: 'JavaScript v3, fromIni',
      words: [node, '--no-warnings', join(programs, 'sdk-v3.mjs')],
      env: named,
      starts: below(300, (requests) => counted(2 * requests + 1), once),
      asks: true,
    },
    {
      name: 'JavaScript v2',
      words: [node, '--no-deprecation', join(programs, 'sdk-v2.mjs')],
      env: { ...chosen, AWS_SDK_LOAD_CONFIG: '1', AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
      starts: once,
      asks: true,
    },
    { name: 'Go v1', words: [goProgram('v1')], env: named, starts: once, asks: true },
    { name: 'Go v2', words: [goProgram('v2')], env: named, starts: once, asks: true },
    {
      // The constructor of the client asks twice, and twice more if the credentials are about to expire.
      name: 'Ruby',
      words: ['/usr/bin/ruby', join(programs, 'ruby_client.rb')],
      env: named,
      starts: below(
        300,
        (requests) => ours(requests + 4),
        () => counted(2),
      ),
      asks: true,
    },
    {
      name: 'CRT',
      words: [python, join(programs, 'crt_client.py')],
      env: named,
      // The provider caches nothing.
      starts: (requests) => ours(requests),
      asks: true,
    },
    {
      name: 'rclone',
      words: ['/usr/bin/rclone', 'lsd', `:s3,provider=Other,env_auth=true,endpoint="${storage}":`],
      env: { ...chosen, RCLONE_CONFIG: '/dev/null' },
      starts: once,
      asks: false,
    },
    {
      name: 'restic',
      words: ['/usr/bin/restic', '--no-cache', '-r', `s3:${storage}/backups`, 'init'],
      env: { ...chosen, RESTIC_PASSWORD: 'of the repository' },
      starts: once,
      asks: false,
    },
  ];
  return [...all.filter(({ name }) => !lacks(name)), ...newestClients({ named, chosen })];
}
