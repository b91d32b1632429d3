// Lists the libraries in Bun, as its LICENSE.md and their own licences name them. Bun's npm packages contain
// none of these texts.

/**
 * @typedef {object} Library
 * @property {string} name
 * @property {string[]} licences SPDX identifiers; each has a text in licences/
 * @property {string} copyright
 * @property {string} source the address of its sources
 * @property {string | undefined} version its name in `process.versions` of Bun
 */

/** @type {(name: string, licences: string, copyright: string, source: string, version?: string) => Library} */
const library = (name, licences, copyright, source, version) => ({
  name,
  licences: licences.split(' '),
  copyright,
  source,
  version,
});

const liteSpeed = 'LiteSpeed Technologies Inc';
const webSockets = 'Authored by Alex Hultman, 2018 - 2021. Intellectual property of third-party';

/** @type {readonly Library[]} */
export const libraries = [
  library(
    'JavaScriptCore, WTF and other parts of WebKit',
    'LGPL-2.0-or-later BSD-2-Clause BSD-3-Clause',
    'Copyright (C) Apple Inc., the V8 project authors and the other authors whom each file names',
    'https://github.com/oven-sh/WebKit',
    'webkit',
  ),
  library(
    'TinyCC',
    'LGPL-2.1-or-later',
    'Copyright (c) 2001-2004 Fabrice Bellard and others',
    'https://github.com/oven-sh/tinycc',
    'tinycc',
  ),
  library(
    'BoringSSL',
    'Apache-2.0',
    'Copyright The BoringSSL Authors, The OpenSSL Project Authors, Oracle, Nokia, Amazon.com, Intel and others',
    'https://github.com/oven-sh/boringssl',
    'boringssl',
  ),
  library(
    'Brotli',
    'MIT',
    'Copyright (c) 2009, 2010, 2013-2016 by the Brotli Authors',
    'https://github.com/google/brotli',
  ),
  library(
    'c-ares',
    'MIT',
    'Copyright (c) 1998 Massachusetts Institute of Technology; Copyright (c) 2007 - 2023 Daniel Stenberg with many contributors',
    'https://github.com/c-ares/c-ares',
    'ares',
  ),
  library(
    'HdrHistogram_c',
    'BSD-2-Clause',
    'Copyright (c) 2012, 2013, 2014 Gil Tene; 2014 Michael Barker; 2014 Matt Warren; 2015 Philip Orwig',
    'https://github.com/HdrHistogram/HdrHistogram_c',
  ),
  library(
    'Highway',
    'BSD-3-Clause',
    'Copyright (c) the Highway Project Authors',
    'https://github.com/google/highway',
  ),
  library(
    'ICU',
    'Unicode-3.0 ICU BSD-2-Clause BSD-3-Clause NAIST-2003',
    [
      'Copyright (c) 2016-2025 Unicode, Inc.; 1995-2016 International Business Machines Corporation and others; its',
      'word lists: Copyright (c) 2006-2008 Google, Inc.; 1999 TaBE Project; 1999 Pai-Hsiang Hsiao; 1999 Computer',
      'Systems and Communication Lab, Institute of Information Science, Academia Sinica; 1996 Chih-Hao Tsai; 2000 -',
      '2003 Nara Institute of Science and Technology; 2013 Brian Eugene Wilson, Robert Martin Campbell; 2013 LeRoy',
      'Benjamin Sharon',
    ].join(' '),
    'https://github.com/unicode-org/icu',
    'icu',
  ),
  library(
    'libarchive',
    'BSD-2-Clause BSD-3-Clause',
    'Copyright (c) 2003-2018 Tim Kientzle and others; parts: The Regents of the University of California',
    'https://github.com/libarchive/libarchive',
    'libarchive',
  ),
  library(
    'base64',
    'BSD-2-Clause',
    'Copyright (c) 2005-2007 Nick Galbreath, 2013-2022 Alfred Klomp, 2015-2017 Wojciech Mula, 2016-2017 Matthieu Darbois',
    'https://github.com/aklomp/base64',
  ),
  library(
    'libdeflate',
    'MIT',
    'Copyright 2016 Eric Biggers; Copyright 2024 Google LLC',
    'https://github.com/ebiggers/libdeflate',
    'libdeflate',
  ),
  library(
    'libjpeg-turbo',
    'BSD-3-Clause Zlib',
    'Copyright (C) 1991-2026 The libjpeg-turbo Project and many others. This software is based in part on the work of the Independent JPEG Group',
    'https://github.com/libjpeg-turbo/libjpeg-turbo',
  ),
  library(
    'libspng',
    'BSD-2-Clause',
    'Copyright (c) 2018-2021, Randy <randy408@protonmail.com>',
    'https://github.com/randy408/libspng',
  ),
  library(
    'libuv (on Windows)',
    'MIT BSD-2-Clause ISC',
    'Copyright (c) 2015-present libuv project contributors; Joyent, Inc. and other Node contributors; parts: Niels Provos; Internet Systems Consortium, Inc.',
    'https://github.com/oven-sh/libuv',
    'uv',
  ),
  library(
    'libwebp',
    'BSD-3-Clause',
    'Copyright (c) 2010, Google Inc.',
    'https://chromium.googlesource.com/webm/libwebp',
  ),
  library('llhttp', 'MIT', 'Copyright Fedor Indutny, 2018', 'https://github.com/nodejs/llhttp', 'llhttp'),
  library(
    'lol-html',
    'BSD-3-Clause',
    'Copyright (C) 2019, Cloudflare, Inc.; Copyright (C) 2019, Ivan Nikulin',
    'https://github.com/oven-sh/lol-html',
    'lolhtml',
  ),
  library(
    'ls-hpack',
    'MIT BSD-2-Clause',
    `Copyright (c) 2018 - 2023 ${liteSpeed}; Copyright (C) 2012-2016, Yann Collet`,
    'https://github.com/litespeedtech/ls-hpack',
    'lshpack',
  ),
  library(
    'ls-qpack',
    'MIT',
    `Copyright (c) 2018 - 2023 ${liteSpeed}`,
    'https://github.com/litespeedtech/ls-qpack',
  ),
  library(
    'lsquic',
    'MIT BSD-3-Clause',
    `Copyright (c) 2017 - 2022 ${liteSpeed}; Copyright 2015 The Chromium Authors`,
    'https://github.com/litespeedtech/lsquic',
  ),
  library(
    'mimalloc',
    'MIT',
    'Copyright (c) 2018-2025 Microsoft Corporation, Daan Leijen',
    'https://github.com/oven-sh/mimalloc',
    'mimalloc',
  ),
  library(
    'picohttpparser',
    'MIT',
    'Copyright (c) 2009-2014 Kazuho Oku, Tokuhiro Matsuno, Daisuke Murase, Shigeo Mitsunari',
    'https://github.com/h2o/picohttpparser',
    'picohttpparser',
  ),
  library('simdutf', 'MIT', 'Copyright 2021 The simdutf authors', 'https://github.com/simdutf/simdutf'),
  library(
    'TigerBeetle (parts of its input and output)',
    'Apache-2.0',
    'Copyright 2020 Coil Technologies, Inc; TigerBeetle, Inc.',
    'https://github.com/tigerbeetle/tigerbeetle',
  ),
  library('uSockets', 'Apache-2.0', webSockets, 'https://github.com/oven-sh/bun', 'usockets'),
  library('uWebSockets', 'Apache-2.0', webSockets, 'https://github.com/oven-sh/bun', 'uwebsockets'),
  library(
    'uucode (its tables)',
    'MIT Unicode-3.0',
    'Copyright (c) 2025 Jacob Sandlund; parts: Bjoern Hoehrmann; Unicode, Inc.',
    'https://github.com/jacobsandlund/uucode',
  ),
  library(
    'Zig (parts of its standard library, in Rust)',
    'MIT',
    'Copyright (c) Zig contributors',
    'https://github.com/ziglang/zig',
  ),
  library(
    'libc++abi of LLVM (a part, on Linux)',
    'Apache-2.0',
    'Copyright (c) the LLVM Project contributors; with the LLVM exception',
    'https://github.com/llvm/llvm-project',
  ),
  library(
    'The standard library of Rust',
    'MIT',
    'Copyright (c) The Rust Project Developers; its COPYRIGHT names parts under other licences',
    'https://github.com/rust-lang/rust',
  ),
  library(
    'cssparser (Rust)',
    'MPL-2.0',
    'Written by Simon Sapin and the Servo Project Developers',
    'https://github.com/servo/rust-cssparser',
  ),
  library(
    'selectors (Rust)',
    'MPL-2.0',
    'Written by the Servo Project Developers',
    'https://github.com/servo/stylo',
  ),
  library('dtoa-short (Rust)', 'MPL-2.0', 'Written by Xidorn Quan', 'https://github.com/upsuper/dtoa-short'),
  library(
    'const_format and konst (Rust)',
    'Zlib',
    'Copyright (c) 2020, 2021 Matias Rodriguez',
    'https://crates.io/crates/NAME',
  ),
  library('foldhash (Rust)', 'Zlib', 'Copyright (c) 2024 Orson Peters', 'https://github.com/orlp/foldhash'),
  library(
    'subtle (Rust)',
    'BSD-3-Clause',
    'Copyright (c) 2016-2017 Isis Agora Lovecruft, Henry de Valence; 2016-2024 Isis Agora Lovecruft',
    'https://github.com/dalek-cryptography/subtle',
  ),
  library(
    'encoding_rs (Rust)',
    'MIT BSD-3-Clause',
    'Copyright Mozilla Foundation; WHATWG (Apple, Google, Mozilla, Microsoft)',
    'https://github.com/hsivonen/encoding_rs',
  ),
  library(
    'arrayref (Rust)',
    'BSD-2-Clause',
    'Copyright (c) 2015 David Roundy',
    'https://github.com/droundy/arrayref',
  ),
  library(
    [
      'The Rust crates allocator-api2, arrayvec, base64, bcrypt, bitflags, blake2, blake2b_simd, block-buffer, blowfish,',
      'bstr, bumpalo, bytemuck, byteorder, cfg-if, cipher, constant_time_eq, cpufeatures, crossbeam-utils,',
      'crypto-common, derive_more, digest, dtoa, enum-map, enumset, equivalent, errno, generic-array, getrandom,',
      'hashbrown, inout, itoa, keccak, libc, linux-raw-sys, log, memchr, mime, new_debug_unreachable, phf,',
      'precomputed-hash, rust-argon2, rustc-hash, rustix, scopeguard, servo_arc, sha3, siphasher, smallvec,',
      'stable_deref_trait, strum, thiserror, typed-arena, typenum, zeroize',
    ].join(' '),
    'MIT',
    [
      "Copyright (c) Alex Crichton; Alice Maz; Alissa Rao; Amanieu d'Antras; Andrew Gallant; Artyom Pavlov; Bartłomiej",
      'Kamiński; Daniel "Lokathor" Gee; Emilio Cobos Álvarez; Frank Denis; Jelte Fennema; Jonathan Reem; Marshall',
      'Pierce; Martijn Rijkeboer; Nick Fitzgerald; Paho Lurie-Gregg; Peter Glotfelty; Robert Grosse; Sean McArthur;',
      'Steven Fackler; Ulrik Sverdrup; Vincent Prouillet; Yuki Okushi; the developers of Crossbeam, Rust, rust-random,',
      'RustCrypto, scopeguard, Servo and typed-arena; and others',
    ].join(' '),
    'https://crates.io/crates/NAME',
  ),
  library(
    'domain-browser',
    'Artistic-2.0',
    'Copyright (c) 2013+ Bevry Pty Ltd',
    'https://www.npmjs.com/package/domain-browser',
  ),
  library(
    'browserify-sign, inherits, minimalistic-assert and parse-asn1 (npm)',
    'ISC',
    'Copyright (c) Isaac Z. Schlueter; 2014-2015 Calvin Metcalf and browserify-sign contributors; 2015 Calvin Metcalf; 2017 crypto-browserify contributors',
    'https://www.npmjs.com/package/NAME',
  ),
  library(
    'ieee754, qs and sha.js (npm)',
    'BSD-3-Clause MIT',
    'Copyright 2008 Fair Oaks Labs, Inc.; 2014 Nathan LaFreniere and other contributors; 2013-2018 sha.js contributors; 1998 - 2009 Paul Johnston and contributors',
    'https://www.npmjs.com/package/NAME',
  ),
  library(
    'pako (npm)',
    'MIT Zlib',
    'Copyright (C) 2014-2017 by Vitaly Puzrin and Andrei Tuputcyn; 1995-2013 Jean-loup Gailly and Mark Adler',
    'https://www.npmjs.com/package/pako',
  ),
  library(
    'zlib-ng',
    'Zlib',
    '(C) 1995-2025 Jean-loup Gailly and Mark Adler',
    'https://github.com/zlib-ng/zlib-ng',
    'zlib',
  ),
  library(
    'Zstandard',
    'BSD-3-Clause',
    'Copyright (c) Meta Platforms, Inc. and affiliates',
    'https://github.com/facebook/zstd',
    'zstd',
  ),
];

/**
 * Names in `process.versions` without a notice: not a library in Bun, or in the public domain (SQLite). Bun 1.4 is
 * written in Rust, and no Zig is compiled into it.
 */
export const noLibraries = [
  ...['node', 'bun', 'openssl', 'v8', 'napi', 'modules', 'unicode', 'typescript', 'sqlite', 'zig'],
];

/** The npm packages in Bun. All have the MIT licence. */
export const polyfills = [
  ...[
    'acorn',
    'acorn-walk',
    'assert',
    'browserify-zlib',
    'buffer',
    'constants-browserify',
    'crypto-browserify',
  ],
  ...['events', 'https-browserify', 'os-browserify', 'path-browserify', 'process', 'punycode'],
  ...['querystring-es3', 'stream-browserify', 'stream-http', 'string_decoder', 'timers-browserify'],
  ...['tty-browserify', 'url', 'util', 'vm-browserify'],
  ...['preact', 'react-refresh', 'readable-stream'],
];
