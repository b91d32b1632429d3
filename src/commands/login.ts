import { daypassProfiles } from '../aws-config/config-file.ts';
import { openBrowser } from '../browser/open.ts';
import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { interruptible } from '../process/interrupt.ts';
import { toTheEnd } from '../request/protocol.ts';
import { askForAddress, remoteSignInMessage } from '../request/remote-sign-in.ts';
import { requestRenewal } from '../request/request-renewal.ts';
import { signInMessage } from '../request/sign-in-message.ts';
import { signInNeeded, withObstacle } from '../request/sign-in-needed.ts';
import { storedCredentials } from '../session/freshness.ts';
import { type CredentialsRecord, parseSignInRecord } from '../session/records.ts';
import { sessionSummary } from '../session/summary.ts';
import type { Settings } from '../settings/settings.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { endCoolDowns } from '../state/outcome.ts';
import { withStore } from '../store/open-store.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { someOf } from '../terminal/some-of.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass login [--profile P] [--force]

Signs in now, waits until the sign-in ends (5 minutes at most), and prints who
is signed in, with which role and until when. If the session is still usable, it
only prints that. If a sign-in is already open, it opens its tab again. All
profiles with the same issuer, client, scopes and store share one sign-in.
In CI a browser opens only if --browser names it here.

  --force   end an open sign-in and start a new one, also as another person
`;

/** Signs in and waits until that ends, or prints a usable session. Returns 0, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const context = call.open(profileToSignIn(call));
  const { settings, keys } = context;
  const force = call.switches.has('force');
  const folder = ensurePrivateFolder(context.stateDirectory, keys.signIn, context.log);
  return await withStore(settings, folder, async (store) => {
    const look = async () => storedCredentials(await store.read(keys.credentials), settings).usable;
    const usable = force ? undefined : await look();
    // A person who asks gets a new attempt, not the error of an earlier one.
    if (!usable) endCoolDowns(folder, keys.credentials);
    const record = usable ?? (await signIn(context, force, look));
    // If saving failed, a remark has said so, and the store may hold nothing or an older sign-in.
    const found = parseSignInRecord(await store.read(keys.signIn).catch(() => undefined), settings);
    const own = found?.sub === record.sub ? found : undefined;
    const summary = sessionSummary(settings, record, own, Date.now());
    writeOut(`${usable ? 'already signed in' : 'signed in'}\n${summary}${alsoFor(call, context)}`);
    return 0;
  });
}

/**
 * Returns a profile of the only sign-in there can be, if no profile is named and [default] does not use
 * daypass. Throws `usage`.
 */
function profileToSignIn({ flags, surroundings, config, look }: Call): string | undefined {
  if (flags.has('profile') || surroundings.env.AWS_PROFILE) return undefined;
  const profiles = daypassProfiles(config());
  if (profiles.length === 0 || profiles.includes('default')) return undefined;
  const [first] = profiles;
  const signIns = new Set(profiles.map((profile) => signInOf(profile, look) ?? profile));
  if (signIns.size === 1) return first;
  throw new DaypassError('usage', `several profiles use daypass: ${someOf(profiles)}`, {
    hint: { advice: 'choose one', command: `daypass login --profile ${shellWord(first ?? '')}` },
  });
}

function signInOf(profile: string, look: Call['look']): string | undefined {
  try {
    return look(profile).keys.signIn;
  } catch {
    return undefined;
  }
}

/** Requests a renewal and shows its link or code until the sign-in ends. ^C cancels it. */
async function signIn(
  context: Context,
  force: boolean,
  look: () => Promise<CredentialsRecord | undefined>,
): Promise<CredentialsRecord> {
  const { settings, env, umask } = context;
  const person = presence(settings, env, { asked: true });
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  // In a root shell the desktop's browser is of another account: `--browser none` then asks.
  const opens = person.desktop;
  let question: ReturnType<typeof askForAddress> | undefined;
  try {
    return await interruptible((interrupted) =>
      requestRenewal(context, {
        ...person,
        // The person reads the link in this command's output, even without a terminal.
        ...(settings.browser === 'none' || settings.deviceCode ? { interactive: true } : {}),
        terminal: person.terminal ?? `login ${process.pid}`,
        force,
        patience: toTheEnd,
        look,
        interrupted,
        pastes: terminal && !settings.deviceCode,
        onLink: (event, { joined, paste }) => {
          if (event.providerLink && !opens) {
            writeOut(remoteSignInMessage(settings, event, env));
            question ??= askForAddress(paste);
          } else writeOut(signInMessage(settings, event, env));
          // Another caller opened the tab of this sign-in, and the person asks because they do not find it.
          if (joined && event.browser && opens)
            void openBrowser(settings.browser, event.link, { umask, onFailure: () => {} }).catch(() => {});
        },
        onPasteRefused: (refused) => question?.again(refused),
        onRemark: (text, paste) => {
          if (question) question.tell(text);
          else writeOut(`${text}\n`);
          if (paste && terminal) question ??= askForAddress(paste);
        },
      }),
    );
  } catch (error) {
    throw (error as DaypassError).code === 'sign-in-needed' ? noPersonHere(settings, person.obstacle) : error;
  } finally {
    question?.close();
  }
}

/** Returns `sign-in-needed` with another hint: its usual one is to run `login`. */
function noPersonHere(settings: Settings, obstacle?: string): DaypassError {
  const again = `daypass login ${settings.signInFlags}`;
  const hint = settings.nonInteractive
    ? { advice: 'to allow it', command: again }
    : { advice: 'without a terminal or a desktop, to get only the link', command: `${again} --browser none` };
  return withObstacle(signInNeeded(settings, hint), obstacle);
}

/** Returns a line with the other profiles that need no browser now. */
function alsoFor({ config, look }: Call, { settings, keys }: Context): string {
  const others = daypassProfiles(config()).filter(
    (profile) => profile !== settings.profile && signInOf(profile, look) === keys.signIn,
  );
  return others.length > 0 ? `  also for  ${someOf(others)}\n` : '';
}
