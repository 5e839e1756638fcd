# SPDX-License-Identifier: MIT
#
# What the proofs share that need a bare system: `. grading/soak/bare.sh` after
# tap.sh's plan.  Root, debootstrap and the distributions' mirrors are needed.
# ROOTS= is a folder that keeps the bare systems for another time.
roots=${ROOTS:-$scratch}
path=/usr/sbin:/usr/bin:/sbin:/bin

# bare NAME [MIRROR]: $roots/NAME, with what each system of that distribution
# has, and no more: a Debian, or with a mirror an Ubuntu.  (debootstrap has one
# script for all Ubuntus, and the names of those that are older than itself.)
bare() {
	[ -e "$roots/$1.whole" ] && return
	rm -rf "${roots:?}/$1"
	debootstrap --variant=minbase --no-check-gpg \
		--components=main,universe "$1" "$roots/$1" \
		${2:+"$2" /usr/share/debootstrap/scripts/gutsy} &&
		touch "$roots/$1.whole"
}

# system NAME AS: an own copy, $scratch/AS.
system() {
	cp -a "$roots/$1" "$scratch/$2" &&
		cp /etc/resolv.conf "$scratch/$2/etc/resolv.conf"
}

# in_container AS COMMAND: by sh, as root with no more rights than Docker gives
# one.  (Who is in another root than the file system's may make no user
# namespaces.)
rights=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid
rights=$rights,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod
rights=$rights,+audit_write,+setfcap
in_container() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" &&
		exec chroot "$1" setpriv --bounding-set "$2" --inh-caps "$2" \
			env -i PATH="$3" sh -c "$4"
		' - "$scratch/$1" "$rights" "$path" "$2"
}

# on_machine AS COMMAND: by sh, as root of a machine of its own: user namespaces
# can be made there.
on_machine() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount --bind "$1" "$1" && cd "$1" &&
		mount --rbind /dev dev && mkdir -p old &&
		pivot_root . old && mount -t proc proc /proc &&
		umount -l /old &&
		exec env -i PATH="$2" sh -c "$3"
		' - "$scratch/$1" "$path" "$2"
}

# add_user AS NAME: who may do everything by sudo, without a password.
add_user() {
	on_machine "$1" "apt-get update && apt-get install -y sudo &&
		useradd -m -s /bin/bash $2 &&
		echo '$2 ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$2"
}
