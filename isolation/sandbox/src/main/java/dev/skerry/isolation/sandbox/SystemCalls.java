package dev.skerry.isolation.sandbox;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The numbers of x86-64's system calls (the kernel's {@code syscall_64.tbl}), by name. */
final class SystemCalls {
    private static final String TABLE =
            """
            read 0 write 1 open 2 close 3 stat 4 fstat 5 lstat 6 poll 7 lseek 8 mmap 9
            mprotect 10 munmap 11 brk 12 rt_sigaction 13 rt_sigprocmask 14 rt_sigreturn 15 ioctl 16
            pread64 17 pwrite64 18 readv 19 writev 20 access 21 pipe 22 sched_yield 24 mremap 25
            msync 26 mincore 27 madvise 28 dup 32 dup2 33 nanosleep 35 getpid 39 socket 41
            connect 42 accept 43 sendto 44 recvfrom 45 sendmsg 46 recvmsg 47 shutdown 48 bind 49
            listen 50 getsockname 51 getpeername 52 socketpair 53 setsockopt 54 getsockopt 55
            clone 56 fork 57 execve 59 exit 60 wait4 61 kill 62 uname 63 fcntl 72 flock 73 fsync 74
            fdatasync 75 truncate 76 ftruncate 77 getcwd 79 rename 82 unlink 87 readlink 89
            fchmod 91 gettimeofday 96 getrlimit 97 getrusage 98 sysinfo 99 ptrace 101 getuid 102
            getgid 104 geteuid 107 getegid 108 getppid 110 capget 125 rt_sigtimedwait 128 sigaltstack 131
            getpriority 140 setpriority 141 prctl 157 gettid 186 futex 202 sched_setaffinity 203
            sched_getaffinity 204 getdents64 217 restart_syscall 219 clock_gettime 228
            clock_getres 229 clock_nanosleep 230 exit_group 231 epoll_wait 232 epoll_ctl 233
            tgkill 234 openat 257 newfstatat 262 unlinkat 263 readlinkat 267 faccessat 269
            pselect6 270 ppoll 271 set_robust_list 273 epoll_pwait 281 timerfd_create 283
            fallocate 285 timerfd_settime 286 accept4 288 eventfd2 290 epoll_create1 291 pipe2 293
            preadv 295 pwritev 296 prlimit64 302 getcpu 309 getrandom 318 memfd_create 319
            membarrier 324 copy_file_range 326 preadv2 327 pwritev2 328 statx 332 rseq 334
            pidfd_send_signal 424 pidfd_open 434 clone3 435 openat2 437 faccessat2 439
            epoll_pwait2 441
            """;

    private static final Map<String, Integer> NUMBERS = numbers();

    private SystemCalls() {}

    private static Map<String, Integer> numbers() {
        Map<String, Integer> numbers = new HashMap<>();
        java.util.StringTokenizer words = new java.util.StringTokenizer(TABLE);
        while (words.hasMoreTokens()) {
            numbers.put(words.nextToken(), Integer.valueOf(words.nextToken()));
        }
        return numbers;
    }

    /** The number of a name. */
    static int number(String name) throws IOException {
        Integer number = NUMBERS.get(name);
        if (number == null) {
            throw new IOException("no system call '" + name + "' is known here");
        }
        return number;
    }

    /** All that are known. */
    static Map<String, Integer> all() {
        return Map.copyOf(NUMBERS);
    }
}
