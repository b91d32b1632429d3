import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import { padded, shownWidth, wrapped } from '../terminal/columns.ts';
import { printable } from '../terminal/printable.ts';
import { someOf } from '../terminal/some-of.ts';
import { mark, paint } from '../terminal/style.ts';
import type { IssuerChange } from './issuer-changes.ts';
import {
  type KeyChange,
  type PlannedProfile,
  removable,
  type TeamPlan,
  type VanishedProfile,
} from './plan.ts';
import { issuerKey, roleKey, sourceKey } from './team-keys.ts';

/** The longest list of new profiles where a person is asked; `--print` shows all. */
const mostNew = 30;
const mostNamed = 20;

interface Shown {
  /** The columns of the terminal. */
  width: number;
  /** Lists every new profile, however many. */
  isWhole: boolean;
}

/** Returns a plan as lines for a person. */
export function planLines(
  plan: TeamPlan & { issuers?: readonly string[] },
  { width, isWhole }: Shown,
): string[] {
  const inState = (state: PlannedProfile['state']) =>
    plan.profiles.filter((profile) => profile.state === state);
  const added = inState('new');
  const listed = isWhole ? added : added.slice(0, mostNew);
  const more = added.length - listed.length;
  const unchanged = inState('unchanged').length;
  const roleText = roleTexts(plan);
  const groups = [
    ...(plan.issuers?.length
      ? [wrapped(`Sign-in at ${plan.issuers.map((url) => printable(url)).join(', ')}`, width)]
      : []),
    group('New', added, [
      ...rows(
        listed.map((profile) => [profile.name, roleText(profile)]),
        width,
      ),
      ...(more > 0 ? [`  and ${more} more, which --print lists`] : []),
    ]),
    group(
      'Changed',
      inState('changed'),
      inState('changed').flatMap(({ name, changes }) => [
        `  ${name}`,
        ...changes.flatMap((change) => indented(changeText(change), 4, width)),
      ]),
    ),
    plan.issuerChanges.flatMap((change) => marked(issuerText(change), width)),
    group('No longer in the file', plan.vanished, rows(plan.vanished.map(vanishedRow), width)),
    unchanged > 0 ? [`Unchanged: ${unchanged}`] : [],
  ];
  return groups
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index > 0 ? ['', ...lines] : lines));
}

/** Returns the result of writing a plan, as one text. */
export function doneText(plan: TeamPlan, file: string): string {
  const count = (state: PlannedProfile['state']) =>
    plan.profiles.filter((profile) => profile.state === state).length;
  const told = [
    [count('new'), 'new'],
    [count('changed'), 'changed'],
    [removable(plan).length, 'removed'],
  ] as const;
  const parts = told.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : []));
  return `wrote ${file}: ${parts.join(', ')}`;
}

/** Returns the change of an issuer as one text. */
export function issuerText({ from, to, profiles }: IssuerChange): string {
  const now = to === undefined ? 'no issuer' : printable(to);
  const before = from === undefined ? 'none' : printable(from);
  return `the issuer becomes ${now} instead of ${before} for ${someOf(profiles, mostNamed)}`;
}

/** Returns a line with a warning sign; a long one goes on below itself. */
export function marked(text: string, width: number): string[] {
  return wrapped(text, width - 2).map((line, index) => `${index === 0 ? mark('warning') : ' '} ${line}`);
}

function group(title: string, members: readonly unknown[], lines: readonly string[]): string[] {
  return members.length === 0 ? [] : [paint('heading', `${title} (${members.length})`), ...lines];
}

/** Returns names with texts beside them, or below them if the names are long. */
function rows(all: readonly (readonly [name: string, text: string])[], width: number): string[] {
  const indent = 4 + Math.max(0, ...all.map(([name]) => shownWidth(name)));
  const isNarrow = indent > width / 2;
  return all.flatMap(([name, text]) => {
    if (text === '') return [`  ${name}`];
    if (isNarrow) return [`  ${name}`, ...indented(text, 4, width)];
    const [first = '', ...others] = indented(text, indent, width);
    return [padded(`  ${name}`, indent) + first.slice(indent), ...others];
  });
}

function indented(text: string, by: number, width: number): string[] {
  return wrapped(text, width - by).map((line) => ' '.repeat(by) + line);
}

/** Returns the text beside a new profile: its role, and its provider if the file has several. */
function roleTexts({ profiles }: TeamPlan): (profile: PlannedProfile) => string {
  const all = new Map(profiles.map((profile) => [profile.name, profile.keys]));
  const find = (name: string, key: string) => {
    for (let next: string | undefined = name; next !== undefined; next = all.get(next)?.[sourceKey]) {
      const value = all.get(next)?.[key];
      if (value !== undefined) return value;
    }
    return '';
  };
  const issuers = new Set(profiles.flatMap(({ keys }) => keys[issuerKey] ?? []));
  return ({ name, isMereSource }) => {
    if (isMereSource) return 'lends its settings to others';
    const role = parseRoleArn(find(name, roleKey));
    const where = issuers.size > 1 ? `, by ${printable(find(name, issuerKey))}` : '';
    return role ? `${role.name} in ${shownAccount(role.account)}${where}` : '';
  };
}

function changeText({ key, from, to }: KeyChange): string {
  const before = from === undefined ? '' : printable(from, 300);
  if (to === undefined) return `${key}: removed (was ${before})`;
  return `${key} = ${printable(to, 300)} (${from === undefined ? 'added' : `was ${before}`})`;
}

function vanishedRow({ name, neededBy }: VanishedProfile): [string, string] {
  return [name, neededBy.length > 0 ? `stays, because ${someOf(neededBy)} needs it` : ''];
}
