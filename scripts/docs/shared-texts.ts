// Texts of more than one page, in the markup of markup.ts: one string is a paragraph.

export const aboutDaypass = [
  "daypass signs you in to AWS with your company's OIDC provider. You sign in once, in the browser. Every AWS tool that asks then gets short-lived credentials, and later calls renew them silently.",
  'AWS tools start daypass themselves, through the `credential_process` line of a profile in the AWS config file. `daypass configure` writes that line.',
];

export const aboutCall = [
  'AWS clients run `daypass --profile P`. It prints [Version-1 JSON](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html) to stdout, and nothing else. It accepts every setting as a flag. If no valid credentials are stored, it gets new ones silently or opens the browser, and waits.',
  'An error is at most five lines on stderr, the last one a `hint:` that says how to continue. Some AWS clients hide stderr, so the error also appears on your terminal, unless the client prints it itself.',
  'After a failed sign-in, calls get the same error without another tab for 30 seconds, or longer if it fails repeatedly. `daypass login` tries again at once. If a renewal fails while credentials are still valid, daypass prints those.',
];

export const aboutProfile = [
  'Name the profile as a word, `daypass login developer`, or with `--profile developer`. `daypass exec` takes only `--profile`, because its words are the command that it runs.',
  'Without a profile, a command uses `[default]` if that uses daypass, or the only profile that does. If there are several, a terminal shows a list that filters as you type. Elsewhere, and with `--json`, the error names them. `daypass status` lists every profile. `daypass login` and `daypass logout` need no choice if all profiles share one sign-in.',
];

export const aboutAlone = [
  '`daypass` alone on a terminal prints the status, or offers to set up the first profile.',
];

export const aboutSources = [
  'Precedence: flags > environment > the file of `--env-file` > profile > source profile > default. An empty value counts as none. daypass reads nothing from the working directory unless you name it.',
  'A switch is a setting that is `true` or `false`. Its flag needs no value: `--non-interactive`, or `--non-interactive=false`.',
];
