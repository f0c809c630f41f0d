#!/bin/bash
# PID 1 of a node, in mount, network, process, host name and IPC namespaces of its own: gives the node file systems and
# settings that no other node shares, says so by the file "ready", and reaps orphans until it is killed.
# Arguments: the node's name, and the folder that holds its files.
set -eu
name=$1 folder=$2
printf node-init > /proc/self/comm
mount --make-rprivate /
hostname "$name"

# /sys must show this network namespace, but the machine's cgroups.
mkdir -p "$folder/cgroup"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
umount -l "$folder/cgroup"

mount -t tmpfs tmpfs /run
for own in /var/log /var/lib/kubelet /var/lib/cni; do
  rm -rf "$folder/fs$own"
  mkdir -p "$folder/fs$own" "$own"
  mount --bind "$folder/fs$own" "$own"
done

# The kubelet finds these as it wants them, and so does not change the whole machine's.
mkdir -p "$folder/sysctl"
for wanted in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  key=${wanted%=*} file=$folder/sysctl/${wanted//[\/=]/-}
  echo "${wanted#*=}" > "$file"
  mount --bind "$file" "/proc/sys/$key"
done
mount --make-rshared /

# These belong to the network namespace.
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables

touch "$folder/ready"
while :; do sleep 3600 & wait; done
