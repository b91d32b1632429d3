// Answers do not end, come from a captive portal or are cut: cases NW02, NW03, NW06, NW07 of docs/threats.md.
import type { Socket } from 'node:net';
import { suite } from 'node:test';
import type { Answer } from '../support/hostile-provider.ts';
import { type Case, type FaultStage, fault, faults } from './fault.ts';

suite('answers do not arrive', { concurrency: 4 }, () => {
  slownessEnds();
  portalsAreNamed();
  connectionsDrop();
});

function slownessEnds(): void {
  const slow = (text: RegExp, arrange: NonNullable<Case['arrange']>): Case => ({
    ...{ error: 'provider-unreachable', ends: true, text, arrange },
    within: 30_000,
  });
  fault('NW02', 'headers that never end are given up in time', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\nx: ');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  fault('NW02', 'a body that never ends is given up in time', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\n\r\n{');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  const silent: NonNullable<Case['arrange']> = ({ provider }) => {
    provider.token = () => new Promise(() => {});
  };
  fault('NW02', 'a code without an answer is given up in time', slow(/in time/, silent));
  fault('NW02', 'a refresh without an answer is given up in time, and the session is kept', {
    ...slow(/in time/, silent),
    ...{ session: true, ends: false, tokenRequests: 1 },
  });
  fault('NW02', 'keys that do not arrive before a refresh are given up in time, and the session is kept', {
    ...slow(/in time/, ({ provider }) => {
      provider.jwks = () => new Promise(() => {});
    }),
    ...{ session: true, ends: false, tokenRequests: 0 },
  });
}

function portalsAreNamed(): void {
  const portal: Answer = {
    headers: { 'content-type': 'text/html' },
    body: '<html><title>Free Wi-Fi</title>',
  };
  const behind: Case = { error: 'provider-failed', text: /JSON[\s\S]*captive portal/ };
  const places: [what: string, arrange: NonNullable<Case['arrange']>][] = [
    [
      'at the metadata',
      ({ provider }) => {
        provider.discovery = () => portal;
      },
    ],
    [
      'at the token endpoint',
      ({ provider }) => {
        provider.token = () => portal;
      },
    ],
    [
      'at the keys',
      ({ provider }) => {
        provider.jwks = () => portal;
      },
    ],
  ];
  // No tab opens if the metadata cannot be read, and no refresh token is posted without the keys.
  faults(
    'a captive portal',
    places.map(([what, arrange], index) => [
      'NW03',
      `the error names a captive portal ${what}`,
      { ...behind, arrange, ends: true, ...(index === 0 ? { tabs: 0, tokenRequests: 0 } : {}) },
    ]),
  );
  faults(
    'a captive portal at a refresh',
    places.map(([what, arrange], index) => [
      'NW03',
      `the error names a captive portal ${what} at a refresh, and the session is kept`,
      { ...behind, arrange, session: true, ...(index === 1 ? {} : { tokenRequests: 0 }) },
    ]),
  );
}

function connectionsDrop(): void {
  const cut: Answer = { cut: true };
  fault('NW06', 'the connection drops after the code was posted', {
    ...{ error: 'provider-unreachable', text: /was cut/, ends: true },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'daypass posts the same refresh token again if the connection drops once', {
    ...{ session: true, tokenRequests: 2 },
    arrange: ({ provider }) => {
      let times = 0;
      provider.token = (form) => (times++ ? provider.tokens(form) : cut);
    },
  });
  fault('NW06', 'daypass keeps everything if the connection drops whenever the refresh token is posted', {
    ...{ session: true, tokenRequests: 2, error: 'provider-unreachable', text: /was cut/ },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'daypass needs a person if the connection drops after the refresh token was spent', {
    ...{ session: true, ends: true, tokenRequests: 2, error: 'sign-in-needed' },
    arrange: ({ provider }) => {
      let times = 0;
      provider.token = () => (times++ ? { status: 400, body: { error: 'invalid_grant' } } : cut);
    },
  });
  const dropping = (stage: FaultStage, drops: number) => {
    let times = 0;
    stage.sts.answer((_parameters, response) => {
      times += 1;
      if (times >= drops) stage.sts.answer(undefined);
      response.destroy();
    });
  };
  fault('NW07', 'daypass asks STS again if the connection drops once', {
    session: true,
    arrange: (stage) => dropping(stage, 1),
  });
  fault('NW07', 'daypass keeps everything if the connection drops at each STS call', {
    ...{ session: true, error: 'sts-unreachable' },
    arrange: (stage) => dropping(stage, Number.POSITIVE_INFINITY),
  });
}

function trickle(socket: Socket, beginning: string): void {
  socket.on('error', () => {});
  socket.write(beginning);
  const timer = setInterval(() => socket.write('a'), 1000);
  socket.once('close', () => clearInterval(timer));
}
