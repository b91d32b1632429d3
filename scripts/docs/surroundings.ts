import { agentVariables, ciVariables } from '../../src/browser/unattended.ts';
import type { Row } from './help-text.ts';

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

const agents = Object.entries(agentVariables).flatMap(([name, values]) =>
  values.map((value) => `${name}=${value}`),
);

/** The variables that daypass reads beside those of the settings, in the markup of markup.ts. */
export const variables: readonly Row[] = [
  ['`AWS_PROFILE`', 'The profile of a call that names none. A word or `--profile` has precedence.'],
  [
    '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`',
    'The paths of the two AWS files, as for the AWS CLI (`~/.aws/config`, `~/.aws/credentials`).',
  ],
  [
    '`https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`',
    'The HTTP proxy for the provider, STS and the console: `http://user:password@host:port`. The first one that is set applies. daypass never uses it for loopback. Like the AWS CLI, it ignores `ALL_PROXY=socks5://…`.',
  ],
  ['`no_proxy`, `NO_PROXY`', 'The hosts that daypass reaches without the proxy.'],
  [
    '`NODE_EXTRA_CA_CERTS`',
    'A PEM file with more authorities, for every Node program. `AWS_CA_BUNDLE` costs less: see [`ca_bundle`](settings.md#ca_bundle).',
  ],
  [
    '`BROWSER`',
    'Programs that open the link where there is no desktop, as for xdg-open; not on Windows. `daypass_browser` has precedence.',
  ],
  ['`DISPLAY`, `WAYLAND_DISPLAY`', 'On Linux, one of them says that there is a desktop.'],
  [
    'those of CI systems',
    `In CI, daypass asks no person to sign in, except with \`--browser\` on the command line. These variables say so, unless they are empty, \`false\` or \`0\`: ${list(ciVariables)}.`,
  ],
  [
    'those of coding agents',
    `If a coding agent runs daypass without a terminal, only \`daypass login\` asks a person to sign in. These variables say so: ${list(agents)}.`,
  ],
  [
    '`NO_COLOR`, `FORCE_COLOR`, `TERM`',
    '`NO_COLOR` and `TERM=dumb` turn colours off. `FORCE_COLOR` turns them on for pipes too. The sign at the beginning of a line says the same without a colour. JSON and the output of a call for credentials never have colours.',
  ],
  [
    '`HOME`, `XDG_STATE_HOME`',
    '`HOME` decides where the AWS files and the state directory are, and on Linux `XDG_STATE_HOME` the latter. On Windows these are `USERPROFILE` and `LOCALAPPDATA`.',
  ],
];

/** The files that daypass reads and writes. */
export const files: readonly Row[] = [
  ['`~/.aws/config`', 'The profiles. Only `daypass configure` changes this file.'],
  ['`~/.aws/credentials`', 'daypass only reads this file, for keys that AWS clients would use in its place.'],
  [
    '`~/.local/state/daypass`',
    'The state directory: locks, the last failure and an index of sign-ins, but no secret unless `daypass_store` is `file`. It is `~/Library/Application Support/daypass` on macOS and `%LOCALAPPDATA%\\daypass` on Windows.',
  ],
];
