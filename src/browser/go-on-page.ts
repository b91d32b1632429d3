import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The parameter of the address to which the page leads. */
const parameter = 'open';

/**
 * Returns whether a request needs `goOnPage` first. A browser says that it navigates. An opener, a scanner or
 * a preview does not, nor does an old browser (Chrome before 76, Firefox before 90, Safari before 16.4),
 * or one behind a proxy that removes headers.
 */
export function needsToGoOn({ headers, url = '' }: IncomingMessage): boolean {
  return (
    headers['sec-fetch-mode'] === undefined && !new URL(url, 'http://loopback').searchParams.has(parameter)
  );
}

// By a script: scanners follow links and `<meta http-equiv=refresh>`, and run no script. The form is for
// browsers without scripts, such as w3m; a crawler submits none by itself.
const script = `location.replace('?${parameter}')`;
const hash = createHash('sha256').update(script).digest('base64');

/** A page without any value of the sign-in, which leads to the same address with the parameter. */
export const goOnPage = {
  status: 200,
  headers: {
    // No `form-action`: browsers apply it to the redirect that follows, too.
    'Content-Security-Policy': `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-forms`,
    'Content-Type': 'text/html; charset=utf-8',
  },
  body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>Go on – daypass</title>
<p>Your browser goes on by itself. If it does not, press this button.</p>
<form><input type="hidden" name="${parameter}"><button>Go on</button></form>
<script>${script}</script>
</html>
`,
} as const;
