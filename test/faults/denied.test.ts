// The provider refuses the sign-in: case B21 of docs/threats.md.
import assert from 'node:assert/strict';
import { fault } from './fault.ts';
import { withPerson } from './person-in-chromium.ts';

type Refusal = [error: string, code: 'denied' | 'provider-failed', description?: string];
const refusals: Refusal[] = [
  ['access_denied', 'denied'],
  ['login_required', 'denied'],
  ['consent_required', 'denied'],
  ['interaction_required', 'denied'],
  ['account_selection_required', 'denied'],
  ['temporarily_unavailable', 'provider-failed'],
  ['server_error', 'provider-failed'],
  ['invalid_scope', 'provider-failed'],
  ['unauthorized_client', 'provider-failed'],
  ['access_denied', 'denied', '\x1b[31m<script>alert(1)</script>\u202e\r\n{"Version":1}'],
  ['<img src=x>\x1b]8;;https://evil.example\x07', 'denied'],
];
for (const [word, error, description] of refusals) {
  fault(
    'B21',
    `daypass shows the provider's error ${JSON.stringify(word)}${description ? ' without its markup' : ''}`,
    {
      error,
      text: /^[^\n]{1,500}\nhint: [^\n]+\n$/,
      tokenRequests: 0,
      act: withPerson(async (meeting) => {
        meeting.stage.provider.authorize = (parameters) => {
          const location = new URL(parameters.get('redirect_uri') ?? '');
          location.searchParams.set('error', word);
          if (description) location.searchParams.set('error_description', description);
          location.searchParams.set('state', parameters.get('state') ?? '');
          return { status: 302, headers: { location: location.href } };
        };
        const page = await meeting.context.newPage();
        await page.goto(meeting.link);
        await page.waitForURL(/\/done$/);
        assert.equal(
          await page.title(),
          `Sign-in was ${error === 'denied' ? 'denied' : 'not completed'} – daypass`,
        );
        assert.equal(await page.locator('main script, main img').count(), 0);
        assert.match((await page.textContent('main')) ?? '', /daypass login|Try again|Check the client/);
      }),
    },
  );
}
