import { askAboutAccount } from './account-service.ts';

/** The variables and the home directory, which decide where the files of a person are. */
export interface Place {
  env: NodeJS.ProcessEnv;
  home: string;
}

// As Python's os.path does, by which botocore reads the paths in variables: no shell has expanded them in an
// .env file, a unit of systemd or an IDE. A variable that is not set stays as text; no value is expanded again.
// https://docs.python.org/3/library/os.path.html#os.path.expandvars

/** Replaces `$NAME`, `${NAME}`, and then `~` or `~user` at the start. On Windows also `%NAME%`. */
export function expandPath(path: string, place: Place, isWindows = process.platform === 'win32'): string {
  if (!/[~$%]/.test(path)) return path;
  const { env } = place;
  return isWindows
    ? expandHomeOnWindows(expandOnWindows(path, env), place)
    : expandHome(expand(path, env), place);
}

function expand(path: string, env: NodeJS.ProcessEnv): string {
  return path.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (text, plain, braced) => setIn(env, plain ?? braced) ?? text,
  );
}

/** Single quotes keep their text, `%%` and `$$` are one character, an open `%` or `${` keeps all after it. */
function expandOnWindows(path: string, env: NodeJS.ProcessEnv): string {
  const parts = /'[^']*(?:'|$)|%%|%([^%]*)%|%[^%]*$|\$\$|\$\{([^}]*)\}|\$\{[^}]*$|\$([\w-]*)/g;
  return path.replace(parts, (text, percent, braced, plain) => {
    if (text === '%%' || text === '$$') return text.slice(1);
    const name = percent ?? braced ?? plain;
    return name === undefined ? text : (setIn(env, name) ?? text);
  });
}

/** Not the functions that every object inherits, such as `toString`. */
function setIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function expandHome(path: string, { home }: Place): string {
  const [start, user] = /^~([^/]*)/.exec(path) ?? [];
  if (start === undefined) return path;
  const folder = user ? homeOf(user) : home;
  return folder === undefined ? path : folder.replace(/(?<!\/)\/+$/, '') + path.slice(start.length) || '/';
}

/** Returns the home of a user, or undefined for an unknown one. */
function homeOf(user: string): string | undefined {
  const [name, , , , , folder] = askAboutAccount('getent', ['passwd', '--', user]).answer.split(':');
  // getent also accepts a number.
  return name === user ? folder : undefined;
}

/** Expands `~` and `~user`. On Windows, the home of another user is beside that of this user. */
function expandHomeOnWindows(path: string, { env, home }: Place): string {
  const [start, user] = /^~([^\\/]*)/.exec(path) ?? [];
  if (start === undefined) return path;
  const rest = path.slice(start.length);
  const own = env.USERNAME;
  if (!user || user === own) return home + rest;
  const last = /[^\\/]*$/.exec(home)?.[0] ?? '';
  if (last !== own) return path;
  const folder = home.slice(0, home.length - last.length).replace(/(?<=[^\\/:])[\\/]+$/, '\\');
  return folder + user + rest;
}
