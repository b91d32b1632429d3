import { DaypassError, type ErrorReport, exitCodes, type Hint } from '../errors.ts';
import { isPlainUrl, isSafeEndpoint, isSafeRequest, isUserCode } from '../oidc/endpoint-gate.ts';
import { reasons } from '../session/summary.ts';
import type { Settings } from '../settings/settings.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { foreignLink } from './foreign-holder.ts';
import type { Outcome, PasteRefused, Remark, SignInLink, SignInReason, ToReader } from './protocol.ts';

// Another program can hold the lock, so what its holder says is data: no text reaches a terminal, and no link
// a person or a browser, before it has passed here.

/** A message of the protocol whose fields can be anything. */
type Untrusted<Message> = { [Field in keyof Message]?: unknown };

/**
 * Returns the message with its texts made printable, or undefined if no renewal sends such a message. Throws
 * `renewal-running` for a link that this caller does not show.
 */
export function checkMessage(message: ToReader, settings: Settings): ToReader | undefined {
  if (message.type === 'link') return checkLink(message, settings);
  if (message.type === 'remark') return checkRemark(message);
  if (message.type === 'paste-refused') return checkPasteRefused(message, settings);
  if (message.type !== 'outcome') return message;
  const outcome = checkOutcome(message.outcome);
  return outcome && { type: 'outcome', outcome, unsaved: message.unsaved };
}

function checkRemark({ text, asksAddress }: Untrusted<Remark>): Remark | undefined {
  // A remark can say what to do, so it may be as long as a hint.
  if (!isText(text)) return undefined;
  const remark: Remark = { type: 'remark', text: printable(text, longestHint) };
  return asksAddress === true ? { ...remark, asksAddress } : remark;
}

function checkPasteRefused(
  { reason, providerLink }: Untrusted<PasteRefused>,
  { profile }: Settings,
): PasteRefused | undefined {
  if (!isText(reason)) return undefined;
  if (providerLink !== undefined && !isSafeRequest(providerLink)) throw foreignLink(`profile ${profile}`);
  return { type: 'paste-refused', reason: printable(reason), providerLink };
}

/** Accepts an address of the loopback listener, or a device code where this caller asked for one. */
function checkLink(message: Untrusted<SignInLink>, settings: Settings): SignInLink {
  const { link, userCode, providerLink } = message;
  const owner = `profile ${settings.profile}`;
  const print = message.print === true;
  const reason = isReason(message.reason) ? { reason: message.reason } : {};
  if (userCode !== undefined) {
    if (!settings.deviceCode) throw foreignCode(settings);
    if (!isSafeEndpoint(link) || !isUserCode(userCode)) throw foreignLink(owner);
    // The person types the address, so no browser opens it.
    return { type: 'link', link, userCode, print, browser: false, ...reason };
  }
  const isSafe = providerLink === undefined || isSafeRequest(providerLink);
  if (!isStartLink(link) || !isSafe) throw foreignLink(owner);
  return { type: 'link', link, print, browser: message.browser === true, providerLink, ...reason };
}

function isReason(reason: unknown): reason is SignInReason {
  return isText(reason) && (reason === 'forced' || Object.hasOwn(reasons, reason));
}

function isStartLink(link: unknown): link is string {
  const onLoopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//;
  return isText(link) && onLoopback.test(link) && isPlainUrl(link) && URL.canParse(link);
}

/** The renewal of another call may use a device code, since the sign-in is the same without it. */
function foreignCode({ profile, signInFlags }: Settings): DaypassError {
  const fault = `the open sign-in of profile ${profile} uses a device code, which this call does not allow`;
  const advice = 'finish it where it was started, or start another';
  const hint = { advice, command: `daypass login --force ${signInFlags}` };
  return new DaypassError('renewal-running', fault, { hint });
}

function checkOutcome(outcome: Outcome | undefined): Outcome | undefined {
  if (outcome?.ok) {
    const { identity, ...rest }: Untrusted<typeof outcome> = outcome;
    const name = isText(identity) ? { identity: printable(identity) } : {};
    return { ...(rest as typeof outcome), ...name };
  }
  const error = checkReport(outcome?.error);
  return outcome && error && { ...outcome, error };
}

function checkReport(report: Untrusted<ErrorReport> | undefined): ErrorReport | undefined {
  const { code, faults, hint, trace } = report ?? {};
  // Only ^C of this caller is `interrupted`, which prints nothing.
  if (!isText(code) || !Object.hasOwn(exitCodes, code) || code === 'interrupted') return undefined;
  if (!Array.isArray(faults) || !faults.every(isText)) return undefined;
  return {
    code: code as ErrorReport['code'],
    faults: faults.map((fault) => printable(fault)),
    hint: checkHint(hint),
    ...(isText(trace) ? { trace: printable(trace, 2000) } : {}),
  };
}

function checkHint(hint: unknown): Hint | undefined {
  // A renewal of 0.1.0 sends the line.
  if (isText(hint)) return { advice: printable(hint, longestHint) };
  if (typeof hint !== 'object' || hint === null) return undefined;
  const { advice, again, command, paste }: Untrusted<Hint> = hint;
  const texts = Object.entries({ advice, command, paste }).filter(([, text]) => isText(text));
  const cleaned = texts.map(([name, text]) => [name, printable(text as string, longestHint)]);
  return { ...Object.fromEntries(cleaned), ...(again === true ? { again } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
