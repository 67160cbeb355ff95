#!/bin/sh
# Puts the kernel of the tests' guest, and the modules that it talks to this machine by, into
# dist/guest/: from Debian's package of the kernel for clouds, which is not installed. apt checks what
# it downloads.
set -eu

meta=linux-image-cloud-amd64
modules='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console'

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/dist"
work=$(mktemp -d "$root/dist/guest.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"

package() { apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p'; }
if [ -z "$(package)" ] && [ "$(id -u)" = 0 ]; then apt-get update -q >&2; fi
cd "$work"
if ! apt-get download -q "$(package)" >apt.log 2>&1; then
  cat apt.log >&2
  echo "fetch_guest: cannot download the kernel of $meta: run apt-get update, and see that Debian's archive is reachable" >&2
  exit 1
fi
dpkg-deb --extract ./linux-image-*.deb tree
mkdir modules
for module in $modules; do find tree/lib/modules -name "$module.ko" -exec mv {} modules/ \;; done
mv tree/boot/vmlinuz-* vmlinuz
rm -rf tree ./*.deb apt.log
rm -rf "$root/dist/guest"
mv "$work" "$root/dist/guest"
