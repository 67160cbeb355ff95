#!/bin/sh
# Becomes a test host: run as the first process of new mount, network, PID and UTS namespaces.
#
#   host.sh RUN NAME ADDRESS ADDRESS6 LINK NETNS
#
# RUN is the directory of the network's files, LINK the name of this host's veth in the namespace
# that NETNS is a path to. The first line printed is this process's id outside. What can be written
# here is private to the host and gone with it; the rest of the machine is there read-only.
set -e
run=$1 name=$2 address=$3 address6=$4 link=$5 netns=$6
read -r pid rest </proc/self/stat
echo "$pid"

exec 8<"$netns"
ip -batch - <<EOF
link set lo up
link add eth0 type veth peer name $link netns /proc/self/fd/8
link set eth0 addrgenmode none
EOF
echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
ip -batch - <<EOF
link set eth0 up
address add $address/24 dev eth0
address add $address6/112 dev eth0 nodad
EOF
exec 8<&-

# Files come in through a directory that the mounts below do not hide.
mount -t tmpfs -o mode=755 bailiwick /etc/ssh
cp "$run/sshd_config" "$run/authorized_keys" "$run/passwd" "$run/shadow" "$run/hosts" "$run/id" \
  "$run/known_hosts" "$run/ssh_config_inside" "$run/homes" /etc/ssh/
cp "$run/$name.key" /etc/ssh/host_key
for file in passwd shadow hosts; do mount --bind "/etc/ssh/$file" "/etc/$file"; done
mount -t proc proc /proc
echo "$name" >/proc/sys/kernel/hostname
for place in root:700 run:755 home:755 tmp:1777 var/tmp:1777 var/log:755 dev/shm:1777; do
  mount -t tmpfs -o "mode=${place#*:}" bailiwick "/${place%:*}"
done
mkdir -m 755 /run/sshd
mkdir -m 700 /root/.ssh
cp /etc/ssh/id /etc/ssh/known_hosts /root/.ssh/
cp /etc/ssh/ssh_config_inside /root/.ssh/config
while read -r user home; do
  mkdir -m 700 "$home"
  chown "$user:" "$home"
done </etc/ssh/homes
mount -o remount,bind,ro /
cd /
exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config >/dev/null
