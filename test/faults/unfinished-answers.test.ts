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
  fault('NW02', 'headers that never end, a byte a second', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\nx: ');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  fault('NW02', 'a body that never ends, a byte a second', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\n\r\n{');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  const silent: NonNullable<Case['arrange']> = ({ provider }) => {
    provider.token = () => new Promise(() => {});
  };
  fault('NW02', 'no answer to a code', slow(/in time/, silent));
  fault('NW02', 'no answer to a refresh', {
    ...slow(/in time/, silent),
    ...{ session: true, ends: false, tokenRequests: 1 },
  });
  fault('NW02', 'no keys before a refresh', {
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
      what,
      { ...behind, arrange, ends: true, ...(index === 0 ? { tabs: 0, tokenRequests: 0 } : {}) },
    ]),
  );
  faults(
    'a captive portal at a refresh',
    places.map(([what, arrange], index) => [
      'NW03',
      `${what}, at a refresh`,
      { ...behind, arrange, session: true, ...(index === 1 ? {} : { tokenRequests: 0 }) },
    ]),
  );
}

function connectionsDrop(): void {
  const cut: Answer = { cut: true };
  fault('NW06', 'dropped after the code was posted', {
    ...{ error: 'provider-unreachable', text: /was cut/, ends: true },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'dropped once after the refresh token was posted, which was not spent', {
    ...{ session: true, tokenRequests: 2 },
    arrange: ({ provider }) => {
      let times = 0;
      provider.token = (form) => (times++ ? provider.tokens(form) : cut);
    },
  });
  fault('NW06', 'dropped whenever the refresh token is posted: everything is kept', {
    ...{ session: true, tokenRequests: 2, error: 'provider-unreachable', text: /was cut/ },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'dropped after the refresh token was spent: a person is needed', {
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
  fault('NW07', 'dropped once between the request to STS and its answer', {
    session: true,
    arrange: (stage) => dropping(stage, 1),
  });
  fault('NW07', 'dropped whenever STS is asked: everything is kept', {
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
