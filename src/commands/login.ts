import { openBrowser } from '../browser/open.ts';
import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { interruptible } from '../process/interrupt.ts';
import { toTheEnd } from '../request/protocol.ts';
import { askForAddress, remoteSignInMessage } from '../request/remote-sign-in.ts';
import { requestRenewal } from '../request/request-renewal.ts';
import { signInMessage } from '../request/sign-in-message.ts';
import { signInNeeded } from '../request/sign-in-needed.ts';
import { type CredentialsRecord, parseSignInRecord } from '../session/records.ts';
import { storedCredentials } from '../session/stored-credentials.ts';
import { sessionSummary } from '../session/summary.ts';
import { daypassProfiles } from '../settings/daypass-profiles.ts';
import type { Settings } from '../settings/settings.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { endCoolDowns } from '../state/outcome.ts';
import { openStore } from '../store/open-store.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass login [--profile P] [--force]

Signs in now, waits to the end (5 minutes at most) and says who, which role and
until when. With a usable session it only says so. While a sign-in is open it
opens its tab again. All profiles with the same issuer, client, scopes and store
share one sign-in.

  --force   end an open sign-in and start a new one, also as another person
`;

/** Signs in now and waits to the end; with a usable session it only says so. Gives the exit code, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const force = call.switches.has('force');
  const context = call.open(profileToSignIn(call));
  const { settings, keys, env } = context;
  const folder = ensurePrivateFolder(context.stateDirectory, keys.signIn);
  const store = await openStore(settings, folder);
  const look = async () => storedCredentials(await store.read(keys.credentials), settings).usable;
  const summary = async (record: CredentialsRecord) => {
    // What could not be saved is told as a remark, and the store may say nothing, or what it said before.
    const found = await store.read(keys.signIn).catch(() => undefined);
    const signIn = parseSignInRecord(found, settings);
    const theirs = signIn?.sub === record.sub ? signIn : undefined;
    return sessionSummary(settings, record, theirs, Date.now());
  };
  let asked: ReturnType<typeof askForAddress> | undefined;
  try {
    const usable = force ? undefined : await look();
    if (usable) {
      writeOut(`already signed in\n${await summary(usable)}${alsoFor(call, context)}`);
      return 0;
    }
    // A person who asks is not told of an earlier failure, but tries again.
    endCoolDowns(folder, keys.credentials);
    const person = presence(settings, env);
    const terminal = process.stdin.isTTY && process.stdout.isTTY;
    const opens = person.desktop || typeof settings.browser === 'object';
    const pastes = terminal && !opens && !settings.deviceCode;
    const record = await interruptible((interrupted) =>
      requestRenewal(context, {
        ...person,
        // Its own output is where a link is read, on a terminal or not.
        ...(settings.browser === 'none' || settings.deviceCode ? { interactive: true } : {}),
        terminal: person.terminal ?? `login ${process.pid}`,
        force,
        patience: toTheEnd,
        look,
        interrupted,
        pastes,
        onLink: (event, { joined, paste }) => {
          if (event.providerLink) {
            writeOut(remoteSignInMessage(settings, event, env));
            asked ??= askForAddress(paste);
          } else writeOut(signInMessage(settings, event, env));
          // The one who started it has opened a tab; a person who asks again cannot find that one.
          if (joined && event.browser)
            void openBrowser(settings.browser, event.link, {
              umask: context.umask,
              onFailure: () => {},
            }).catch(() => {});
        },
        onPasteRefused: (reason) => asked?.again(reason),
        onRemark: (text) => writeOut(`${text}\n`),
      }),
    )
      .catch((error: DaypassError) => {
        throw error.code === 'sign-in-needed' ? nobodyHere(settings) : error;
      })
      .finally(() => asked?.close());
    writeOut(`signed in\n${await summary(record)}${alsoFor(call, context)}`);
    return 0;
  } finally {
    store.close();
  }
}

/** Where none is named and [default] is not ours, there may be just one sign-in that can be meant. */
function profileToSignIn({ flags, surroundings, look }: Call): string | undefined {
  if (flags.has('profile') || surroundings.env.AWS_PROFILE) return undefined;
  const profiles = daypassProfiles(surroundings);
  if (profiles.length === 0 || profiles.includes('default')) return undefined;
  const [first] = profiles;
  const signIns = new Set(profiles.map((profile) => signInOf(profile, look) ?? profile));
  if (signIns.size === 1) return first;
  throw new DaypassError('usage', `several profiles use daypass: ${profiles.join(', ')}`, {
    hint: `name one: daypass login --profile ${first}`,
  });
}

/** The other roles that need no browser now. */
function alsoFor({ surroundings, look }: Call, { settings, keys }: Context): string {
  const others = daypassProfiles(surroundings).filter(
    (profile) => profile !== settings.profile && signInOf(profile, look) === keys.signIn,
  );
  return others.length > 0 ? `  also for  ${others.join(', ')}\n` : '';
}

function signInOf(profile: string, look: Call['look']): string | undefined {
  try {
    return look(profile).keys.signIn;
  } catch {
    return undefined;
  }
}

/** To run `login` again, as others are told, would lead nowhere. */
function nobodyHere(settings: Settings): DaypassError {
  const again = `daypass login ${settings.signInFlags}`;
  return signInNeeded(
    settings,
    settings.nonInteractive
      ? { advice: 'to allow it', command: again }
      : {
          advice: 'use a terminal or a desktop, or to get only the link',
          command: `${again} --browser none`,
        },
  );
}
