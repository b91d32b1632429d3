import type { DaypassError, ErrorReport, Hint } from '../errors.ts';
import type { NextCall } from '../session/next-call.ts';
import type { SessionState } from '../session/state.ts';
import { headline, sessionRows, toneOf, until } from '../session/summary.ts';
import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import { columns, type Labelled, labelled, padded, shownWidth, wrapped } from '../terminal/columns.ts';
import { hintParts } from '../terminal/hint-parts.ts';
import { localTime } from '../terminal/local-time.ts';
import { printable } from '../terminal/printable.ts';
import { mark, paint } from '../terminal/style.ts';
import { warningLines } from './aws-warning.ts';
import { detailRows } from './session-details.ts';
import type { Session } from './session-facts.ts';

/** The session of one profile as the command reads it. */
export type Status = SessionState & Session;

/** One profile of the list. */
export interface Row {
  profile: string;
  /** The object for `--json`. */
  facts: object;
  status?: Status;
  error?: DaypassError | undefined;
}

/** Returns the lines about one profile for a person. */
export function statusText(status: Status, updates: readonly string[] = []): string {
  return [...block(status), ...updates, ...warningLines(status.warning, columns()), ''].join('\n');
}

function block(status: Status): string[] {
  const { settings, failure, now, arn, error, next } = status;
  const width = columns();
  const told = next.failure ? { error: next.failure.error, at: undefined } : failure;
  return [
    ...headline(status, width),
    ...labelled(
      [
        ...sessionRows(status),
        ...(arn ? [['verified', printable(arn)] as const] : []),
        ...(error ? errorRows('verified', error.toReport(), 'no, ') : []),
        ['store', settings.store],
        ...(status.verbose ? detailRows(status) : []),
        ...(told
          ? errorRows('failure', told.error, told.at === undefined ? '' : `${localTime(told.at, now)} `)
          : []),
      ],
      width,
    ),
  ];
}

function errorRows(label: string, { code, faults, hint }: ErrorReport, before: string): Labelled[] {
  return [[label, `${before}${code}: ${printable(faults.join('; '))}`], ...hintRows(hint)];
}

function hintRows(hint: Hint | string | undefined): Labelled[] {
  return hint === undefined ? [] : hintParts(hint).map(({ text, whole }) => ['', text, whole] as const);
}

/** Returns a table if it fits the terminal, else a block for each profile; the problems stand below. */
export function statusList(rows: readonly Row[], updates: readonly string[] = []): string {
  const known = rows.flatMap(({ status }) => status ?? []);
  const table = tableLines(known);
  const [warning] = known.flatMap(({ warning: found }) => found ?? []);
  const [needy] = known.filter(({ next }) => next.does === 'asks');
  return [
    ...(table ??
      known.flatMap((status) => [paint('heading', status.settings.profile), ...block(status), ''])),
    ...(table && table.length > 0 ? [''] : []),
    ...rows.flatMap((row) => problems(row, table !== undefined)),
    ...updates,
    ...(table && needy ? [`To sign in, run: daypass login ${needy.settings.signInFlags}`] : []),
    ...warningLines(warning, columns()),
    '',
  ].join('\n');
}

/** Returns what a table has no column for. A block has its failures itself. */
function problems({ profile, status, error }: Row, isTable: boolean): string[] {
  const told: string[] = [];
  const isUnread = !status && error !== undefined;
  if (isUnread) told.push(`${error.code}: ${printable(error.faults[0] ?? '')}`);
  if (status && isTable) {
    const { failure, now, next } = status;
    if (next.ofAnother) told.push('calls still get the credentials of another person');
    if (failure) told.push(`last failure at ${localTime(failure.at, now)}, ${failure.error.code}`);
    if (error) told.push(`not verified: ${error.code}`);
  }
  return told.flatMap((line) =>
    wrapped(`${profile}: ${line}`, columns() - 2).map(
      (part, index) => `${index === 0 ? mark(isUnread ? 'bad' : 'warning') : ' '} ${part}`,
    ),
  );
}

/** Returns the table, with what all rows share in one line above it; undefined if it is too wide. */
function tableLines(all: readonly Status[]): string[] | undefined {
  if (all.length === 0) return [];
  if (all.some(({ verbose }) => verbose)) return undefined;
  const persons = new Set(all.flatMap(({ signIn }) => (signIn ? printable(signIn.name) : [])));
  const stores = new Set(all.map(({ settings }) => settings.store));
  const signs = all.map(({ next }) => mark(toneOf(next)));
  const rows = all.map((status) => cells(status, { person: persons.size > 1, store: stores.size > 1 }));
  const headings = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name]));
  const table = [headings, ...rows.map((row) => headings.map((name) => row[name] ?? ''))];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => shownWidth(row[column] ?? ''))));
  if (widths.reduce((sum, width) => sum + 2 + width, 0) > columns()) return undefined;
  const [header = '', ...lines] = table.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...(persons.size === 1 ? [`Signed in as ${[...persons][0]}`, ''] : []),
    `  ${paint('heading', header)}`,
    ...lines.map((line, index) => `${signs[index]} ${line}`),
  ];
}

/** Returns the cells of a row by their headings. */
function cells(
  { settings, signIn, next, now }: Status,
  { person, store }: { person: boolean; store: boolean },
): Record<string, string> {
  const role = parseRoleArn(settings.roleArn);
  return {
    PROFILE: settings.profile,
    ROLE: role?.name ?? '',
    ACCOUNT: shownAccount(role?.account ?? ''),
    ...(person ? { PERSON: printable(signIn?.name ?? '') } : {}),
    UNTIL: next.usable ? until(next.usable, now).replace(' left', '') : '',
    RENEWAL: renewalCell(next, now),
    ...(store ? { STORE: settings.store } : {}),
  };
}

function renewalCell({ does, silent, reason, failure }: NextCall, now: number): string {
  if (does === 'waits') return silent ? 'under way' : 'sign-in is open';
  if (failure) return `paused until ${localTime(failure.until, now)}`;
  if (silent) return 'automatic';
  if (reason === 'no-sign-in') return 'not signed in';
  return does === 'prints' ? 'by a sign-in' : 'sign in again';
}
