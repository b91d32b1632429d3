import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import type { Settings } from '../settings/settings.ts';
import type { PasteRefused, SignInLink } from './protocol.ts';
import { signInHead, type Wait, waitLine } from './sign-in-message.ts';

/** Returns the instructions of `login` for a person at another machine: SSH tunnel, or pasted address. */
export function remoteSignInMessage(
  settings: Settings,
  event: SignInLink,
  env: NodeJS.ProcessEnv,
  wait: Wait,
): string {
  const { link, providerLink } = event;
  const { port, hostname } = new URL(link);
  return `${signInHead(settings, event.reason, wait.width)}  daypass opens no browser here. On your own machine either

  - run this, then open the link in its browser:
      ${sshLine(hostname, port, env)}
      ${link}

  - or open this, sign in, and paste here the address at
    which the browser ends (it cannot display that page):
      ${providerLink}

  ${waitLine(wait)}

`;
}

/** Returns the command with user and host as this machine knows them. See SSH_CONNECTION in ssh(1). */
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

/** Asks for addresses until closed. Raw mode: a cooked terminal cuts off lines as long as these. */
export function askForAddress(onAddress: (address: string) => void) {
  const { stdin: input, stdout: output } = process;
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
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
  // In raw mode ^C is a character and not a signal.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return {
    /** Writes a line for the person, and asks again below it. */
    tell(text: string): void {
      process.stdout.write(`\n${text}\n`);
      if (asking) lines.prompt(true);
    },
    again({ reason, providerLink }: PasteRefused): void {
      const link = providerLink === undefined ? '' : `      ${providerLink}\n`;
      process.stdout.write(`  not accepted: ${reason}\n${link}`);
      ask();
    },
    close(): void {
      lines.close();
      if (asking) process.stdout.write('\n');
    },
  };
}

/** Removes what mail programs and web pages add to an address. */
function unwrapped(line: string): string {
  const bare = line.replace(/\s+/g, '').replace(/^[<"']+/, '');
  // Not by a pattern that ends in `$`: many quotes within a line would take quadratic time.
  let end = bare.length;
  while (/[>"']/.test(bare.charAt(end - 1))) end--;
  return bare.slice(0, end).replaceAll('&amp;', '&');
}
