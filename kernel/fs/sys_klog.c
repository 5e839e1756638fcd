/* SPDX-License-Identifier: MIT */
/* SYS_klog: the last bytes of the kernel log, for dmesg. */
#include "kernel/abi/errno.h"
#include "kernel/lib/klog.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/syscall.h"

static int64_t
sys_klog(const uint64_t arg[6])
{
	uint64_t size = arg[1], done = 0, end = klog_end();
	uint64_t pos = end > size ? end - size : 0;
	char buf[256];
	size_t n;

	while (pos < end && done < size) {
		n = size - done < sizeof(buf) ? size - done : sizeof(buf);
		n = klog_read(&pos, buf, n);
		if (n == 0)
			break;
		if (copy_to_user(arg[0] + done, buf, n))
			return -EFAULT;
		done += n;
	}
	return (int64_t)done;
}
SYSCALL(SYS_klog, sys_klog);
