#!/usr/bin/env bash
# Puts labcheck on the PATH: the one that is there, or a release whose checksum is right. WANTED: a version, `path`, or
# nothing. RELEASES: where releases are, in the place of GitHub.
set -euo pipefail

fail() {
    printf '::error title=labcheck::%s\n' "$*"
    exit 1
}

wanted=${WANTED:-}
# Raised with each release, so that a pinned action fetches the binary that it was made with.
readonly OWN=0.1.0
if [ -z "$wanted" ] || [ "$wanted" = path ]; then
    if found=$(command -v labcheck); then
        printf 'labcheck is on the PATH: %s\n' "$found"
        exit 0
    fi
    [ "$wanted" != path ] || fail 'version is `path`, and no labcheck is on the PATH'
    wanted=$OWN
fi
wanted=${wanted#v}
[[ $wanted =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail 'version is not one, as in 0.1.0'

case ${RUNNER_OS:-Linux}-${RUNNER_ARCH:-X64} in
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc ;;
    *) fail "there is no release for ${RUNNER_OS:-} ${RUNNER_ARCH:-}" ;;
esac
case $target in
    *windows*) archive=labcheck-$target.zip ;;
    *) archive=labcheck-$target.tar.gz ;;
esac

folder=${RUNNER_TEMP:?}/labcheck-$wanted
mkdir -p "$folder"
cd "$folder"
from=${RELEASES:-https://github.com/labcheck/labcheck/releases/download}/v$wanted
for file in "$archive" "labcheck-$target.sha256"; do
    curl --fail --silent --show-error --location --retry 3 --proto '=https,file' --output "$file" "$from/$file" ||
        fail "$from/$file could not be fetched"
done
# The line for our archive alone, whatever else stands in the file.
grep -F -- "$archive" "labcheck-$target.sha256" >expected || fail "there is no checksum for $archive"
if command -v sha256sum >/dev/null; then
    sha256sum --check --strict --quiet expected || fail "$archive is not the file that was released"
else
    shasum -a 256 --check --quiet expected || fail "$archive is not the file that was released"
fi
case $archive in
    *.zip) unzip -oq "$archive" ;;
    *) tar -xzf "$archive" ;;
esac
[ -x labcheck ] || [ -x labcheck.exe ] || fail "$archive holds no labcheck"
printf '%s\n' "$folder" >>"$GITHUB_PATH"
printf 'labcheck %s for %s\n' "$wanted" "$target"
