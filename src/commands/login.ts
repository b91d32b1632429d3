import { isRemote } from '../browser/desktop.ts';
import { openBrowser } from '../browser/open.ts';
import { type Presence, presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import type { DaypassError } from '../errors.ts';
import { interruptible } from '../process/interrupt.ts';
import type { InterruptEffect } from '../request/follow-renewal.ts';
import { OpenSignIn } from '../request/open-sign-in.ts';
import { toTheEnd } from '../request/protocol.ts';
import { askForAddress, remoteSignInMessage } from '../request/remote-sign-in.ts';
import { requestRenewal } from '../request/request-renewal.ts';
import { signInNeeded, withObstacle } from '../request/sign-in-needed.ts';
import { credentialsOf } from '../session/freshness.ts';
import { nextCall } from '../session/next-call.ts';
import { type CredentialsRecord, parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { headline, sessionRows } from '../session/summary.ts';
import type { Settings } from '../settings/settings.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { endCoolDowns } from '../state/outcome.ts';
import { withStore } from '../store/open-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { columns, fitLines, labelled, shownWidth } from '../terminal/columns.ts';
import { someOf } from '../terminal/some-of.ts';
import { writeOut, writeStderr } from '../terminal/terminal.ts';
import { awsWarning, warningLines } from './aws-warning.ts';
import { chooseSignIn, profilesSharing } from './choose-profile.ts';
import type { Call } from './command.ts';
import { json } from './json.ts';
import { sessionFacts } from './session-facts.ts';

export const help = `daypass login [PROFILE] [--force] [--json]

Signs in now, waits until the sign-in ends (5 minutes at most), and prints who
is signed in, with which role and until when. If the session is still usable, it
only prints that. If a sign-in is already open, it opens its tab again. Profiles
with the same issuer, client, scopes, store and authorize parameters, except
prompt, share one sign-in.
In CI a browser opens only if --browser names it here.

  --force   end an open sign-in and start a new one, also as another person
  --json    print one line of JSON (docs/json.md); the link goes to stderr

  daypass login developer
  daypass login developer --browser none    only print the link
  daypass login developer --force           as another person
`;

/** Signs in and waits until that ends, or prints a usable session. Returns 0, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const context = call.open(await chooseSignIn(call));
  const { settings, keys } = context;
  const force = call.switches.has('force');
  const isJson = call.switches.has('json');
  const folder = ensurePrivateFolder(context.stateDirectory, keys.signIn, context.log);
  return await withStore(settings, folder, async (store) => {
    // Credentials of another person do not count: this command is about who is signed in.
    const look = async () => {
      const text = await store.read(keys.credentials);
      return credentialsOf(await signInOf(store, context), text, settings).usable;
    };
    const usable = force ? undefined : await look();
    // A person who asks gets a new attempt, not the error of an earlier one.
    if (!usable) endCoolDowns(folder, keys.credentials);
    const record = usable ?? (await signIn(context, { force, isJson }, look));
    const signedIn = await signInOf(store, context);
    const own = signedIn?.sub === record.sub ? signedIn : undefined;
    const found = told(context, { record, signIn: own, already: usable !== undefined });
    writeOut(isJson ? facts(call, context, found) : summary(call, context, found));
    return 0;
  });
}

/** Returns the stored sign-in. If saving it failed, a remark has said so, and an older one or none may be stored. */
async function signInOf(store: SecretStore, { settings, keys }: Context): Promise<SignInRecord | undefined> {
  return parseSignInRecord(await store.read(keys.signIn).catch(() => undefined), settings);
}

/** Returns the session that the next call finds. */
function told(
  { settings, keys }: Context,
  session: { record: CredentialsRecord; signIn: SignInRecord | undefined; already: boolean },
) {
  const now = Date.now();
  const known = {
    stored: session.record,
    signIn: session.signIn,
    outcome: { version: 1 },
    isOpen: false,
    account: keys.credentials,
  } as const;
  return { ...session, settings, next: nextCall(known, { now, interactive: () => true }), now };
}

/** Returns it as lines for a person. */
function summary(call: Call, context: Context, session: ReturnType<typeof told>): string {
  const others = someOf(profilesSharing(call, context));
  return [
    ...headline(session, columns()),
    ...labelled([...sessionRows(session), ...(others ? [['also for', others] as const] : [])], columns()),
    ...warningLines(awsWarning(context, call.config(), { record: session.record }), columns()),
    '',
  ].join('\n');
}

/** Returns it as the object of `status --json`, and what only `login` knows. */
function facts(call: Call, context: Context, session: ReturnType<typeof told>): string {
  const warning = awsWarning(context, call.config(), { record: session.record });
  return json({
    ...sessionFacts({ ...session, warning, failure: undefined }),
    alreadySignedIn: session.already,
    alsoFor: profilesSharing(call, context),
  });
}

/** Requests a renewal and shows its link or code until the sign-in ends. ^C cancels it. */
async function signIn(
  context: Context,
  { force, isJson }: { force: boolean; isJson: boolean },
  look: () => Promise<CredentialsRecord | undefined>,
): Promise<CredentialsRecord> {
  const { settings, env, umask } = context;
  const person = presence(settings, env, { asked: true });
  const terminal = !isJson && process.stdin.isTTY && process.stdout.isTTY;
  let effect: InterruptEffect = 'unknown';
  // In a root shell the desktop's browser is of another account: `--browser none` then asks.
  const opens = person.desktop;
  let question: ReturnType<typeof askForAddress> | undefined;
  const finish = () => {
    question?.close();
    question = undefined;
    open.rest();
  };
  // With --json, stdout is one object for a program, and the person reads the link on stderr.
  const write = isJson ? writeStderr : writeOut;
  const width = () => columns(isJson ? process.stderr : process.stdout);
  const open = new OpenSignIn(context, { write, columns: width, patience: toTheEnd, isCommand: !isJson });
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
            open.show(event, joined, remoteSignInMessage);
            question ??= askForAddress(paste);
          } else {
            open.show(event, joined);
            open.animate();
          }
          // Another caller opened the tab of this sign-in, and the person asks because they do not find it.
          if (joined && event.browser && opens)
            void openBrowser(settings.browser, event.link, { umask, onFailure: () => {} }).catch(() => {});
        },
        onPasteRefused: (refused) => question?.again(refused),
        onRemark: (text, paste) => {
          if (question) question.tell(text);
          else open.tell(`${text}\n`);
          if (!paste || !terminal || question) return;
          open.rest();
          question = askForAddress(paste);
        },
        onInterrupted: (found) => {
          effect = found;
        },
      }),
    );
  } catch (thrown) {
    const { code } = thrown as DaypassError;
    if (code === 'interrupted' && !isJson) {
      // The terminal has printed ^C behind the spinner, whose line is cleared, or in a line of its own.
      const needsLine = process.stdout.isTTY && !question && !open.isAnimated;
      finish();
      writeStderr(`${needsLine ? '\n' : ''}${afterInterrupt(effect, settings, columns(process.stderr))}\n`);
    }
    throw code === 'sign-in-needed' ? noPersonHere(context, person) : thrown;
  } finally {
    finish();
  }
}

/** Returns what ^C has ended, and the next step, whose command is not split. */
function afterInterrupt(effect: InterruptEffect, { signInFlags }: Settings, width: number): string {
  const [done, next, command] = interruptions[effect];
  const step = `${next}, run: daypass ${command} ${signInFlags}`;
  const line = `${done} ${step}`;
  return shownWidth(line) <= width ? line : `${fitLines(done, width)}\n${step}`;
}

const interruptions: Readonly<
  Record<InterruptEffect, readonly [done: string, next: string, command: string]>
> = {
  cancelled: ['Sign-in cancelled. No credentials were stored.', 'To sign in', 'login'],
  'goes-on': ['Stopped waiting. The sign-in goes on for another command.', 'To wait for it again', 'login'],
  'too-late': ['The sign-in had ended before ^C, and its credentials are stored.', 'To see them', 'status'],
  unknown: ['Stopped waiting for the sign-in.', 'To sign in', 'login'],
};

/** Returns `sign-in-needed` with another hint: its usual one is to run `login`. */
function noPersonHere({ settings, env }: Context, person: Presence): DaypassError {
  const again = `daypass login ${settings.signInFlags}`;
  const hint = settings.nonInteractive
    ? { advice: 'to allow it', command: again }
    : {
        advice: `run it in a terminal${isRemote(env) ? ' (ssh -t)' : ''}, or to get only the link`,
        command: `${again} --browser none`,
      };
  return withObstacle(signInNeeded(settings, { hint }), person);
}
