import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import type { Settings } from '../settings/settings.ts';
import type { SignInLink } from './protocol.ts';
import { signInHead } from './sign-in-message.ts';

/** How a person at another machine signs in, for `login`: through a tunnel, or by pasting back where the browser ended. */
export function remoteSignInMessage(
  settings: Settings,
  { link, providerLink }: SignInLink,
  env: NodeJS.ProcessEnv,
): string {
  const { port, hostname } = new URL(link);
  return `${signInHead(settings)}  There is no browser here. On your own machine either

  - run this, and then open the link in its browser:
      ${sshLine(hostname, port, env)}
      ${link}

  - or open this, sign in, and paste here the address that the browser ends at
    (its page cannot be shown there):
      ${providerLink}

`;
}

/** User and host as this machine has them: from outside they may be called otherwise. SSH_CONNECTION is described in ssh(1). */
function sshLine(hostname: string, port: string, { SSH_CONNECTION }: NodeJS.ProcessEnv): string {
  const [, , address, sshPort] = (SSH_CONNECTION ?? '').split(' ');
  const host = address && /^[0-9A-Fa-f.:]+$/.test(address) ? address : 'THIS-MACHINE';
  const other = sshPort && /^\d+$/.test(sshPort) && sshPort !== '22' ? ` -p ${sshPort}` : '';
  return `ssh -N -L ${port}:${hostname}:${port}${other} ${user()}@${host}`;
}

function user(): string {
  try {
    return userInfo().username;
  } catch {
    return 'YOU';
  }
}

/** Asks for addresses on the terminal, one after another, until closed. A long one would not fit a terminal's own line. */
export function askForAddress(onAddress: (address: string) => void): {
  again(reason: string): void;
  close(): void;
} {
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    historySize: 0,
  });
  lines.setPrompt('  address: ');
  let asking = false;
  const ask = () => {
    lines.prompt();
    asking = true;
  };
  ask();
  lines.on('line', (line) => {
    asking = false;
    const address = unwrapped(line);
    if (address) onAddress(address);
    else ask();
  });
  // Raw as the terminal is, it sends a character and no signal.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return {
    again(reason) {
      process.stdout.write(`  that cannot be it: ${reason}\n`);
      ask();
    },
    close() {
      lines.close();
      if (asking) process.stdout.write('\n');
    },
  };
}

/** As mail programs and web pages may have changed it on its way. */
function unwrapped(line: string): string {
  return line
    .replace(/\s+/g, '')
    .replace(/^[<"']+|[>"']+$/g, '')
    .replaceAll('&amp;', '&');
}
