/* Stands between a process and the C library (LD_PRELOAD), for the files in one folder: it records what is done to
   them, and fails what it was told to fail.

   SHIM_FOLDER    the folder; nothing else is touched
   SHIM_TRACE     where to record, behind what is there already; absent: nothing is recorded
   SHIM_DROP_SYNC set: a sync does nothing, says that it did, and is not recorded

   One lock is around each operation with its record, so that the order of the trace is the order of what happened; but
   for a sync, which takes long: its beginning and its end are recorded. Each record is written at once, and a process
   that ends itself with shim_die has recorded all that it did: the next one may go on with the same trace. A record is a
   header of 24 bytes and its data; TraceReader.cs reads it. Memory maps are not seen; SQLite has one of its -shm file
   only, which it builds anew after a power cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, READ = 2, WRITE = 3, SYNC = 4, TRUNCATE = 5, UNLINK = 6, RENAME = 7, MARK = 8, SYNCED = 9, START = 10, KINDS = 11 };
enum { MAX_FD = 1 << 16 };

struct header { uint32_t kind; uint32_t handle; int64_t offset; int64_t length; };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static size_t folder_length;
static int drop_sync;

/* What is recorded. The handle of a file is new at each opening; 0 is none of ours. */
static int trace_fd = -1;
static uint32_t handles[MAX_FD];
static uint32_t last_handle;

/* What is to fail: the n-th operation of some kinds (a bit for each: 1 << WRITE), counted together from 1 since it was
   armed; sticky: all later ones, too. */
static int armed_kinds, armed_nth, armed_error, armed_sticky, armed_short;
static int counts[KINDS];
static int matched, hits;

static void record(uint32_t kind, uint32_t handle, int64_t offset, const void *data, size_t length)
{
    if (trace_fd < 0) return;
    struct header header = { kind, handle, offset, (int64_t)length };
    struct iovec parts[2] = { { &header, sizeof header }, { (void *)data, length } };
    if (syscall(SYS_writev, trace_fd, parts, 2) != (long)(sizeof header + length)) abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *trace = getenv("SHIM_TRACE");
    folder = getenv("SHIM_FOLDER");
    folder_length = folder == NULL ? 0 : strlen(folder);
    drop_sync = getenv("SHIM_DROP_SYNC") != NULL;
    if (trace != NULL) {
        trace_fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (trace_fd < 0) { perror("shim: SHIM_TRACE"); abort(); }
        record(START, 0, 0, folder, folder_length);
    }
}

static int inside(const char *path)
{
    return folder_length > 0 && path != NULL && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

static uint32_t handle_of(int fd)
{
    return fd >= 0 && fd < MAX_FD ? handles[fd] : 0;
}

/* Whether this operation is to fail; the caller holds the gate. */
static int fails(int kind)
{
    counts[kind]++;
    if ((armed_kinds & 1 << kind) == 0) return 0;
    matched++;
    if (matched < armed_nth || (matched > armed_nth && !armed_sticky)) return 0;
    hits++;
    return 1;
}

static int enter(int fd)
{
    if (handle_of(fd) == 0) return 0;
    pthread_mutex_lock(&gate);
    return 1;
}

static ssize_t leave(ssize_t result)
{
    int error = errno;
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static ssize_t leave_failed(void)
{
    errno = armed_error;
    return leave(-1);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (real == NULL) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* What tests and workers call. */

void shim_mark(const void *text, long length)
{
    pthread_mutex_lock(&gate);
    record(MARK, 0, 0, text, (size_t)length);
    pthread_mutex_unlock(&gate);
}

/* Ends the process as SIGKILL does, between two operations. */
void shim_die(void)
{
    pthread_mutex_lock(&gate);
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* short_write: a write that is to fail stores its first half instead, and says so; the next one of a sticky fault fails. */
void shim_arm(int kinds, int nth, int error, int sticky, int short_write)
{
    pthread_mutex_lock(&gate);
    armed_kinds = kinds;
    armed_nth = nth;
    armed_error = error;
    armed_sticky = sticky;
    armed_short = short_write;
    memset(counts, 0, sizeof counts);
    matched = hits = 0;
    pthread_mutex_unlock(&gate);
}

void shim_disarm(void)
{
    pthread_mutex_lock(&gate);
    armed_kinds = 0;
    pthread_mutex_unlock(&gate);
}

int shim_hits(void)
{
    pthread_mutex_lock(&gate);
    int result = hits;
    pthread_mutex_unlock(&gate);
    return result;
}

/* The number of operations of a kind since it was armed. */
int shim_count(int kind)
{
    pthread_mutex_lock(&gate);
    int result = kind > 0 && kind < KINDS ? counts[kind] : -1;
    pthread_mutex_unlock(&gate);
    return result;
}

/* Files and names. */

static int opened(int (*real)(int, const char *, int, ...), int directory, const char *path, int flags, mode_t mode)
{
    if (!inside(path)) {
        int fd = real(directory, path, flags, mode);
        if (fd >= 0 && fd < MAX_FD) handles[fd] = 0;
        return fd;
    }
    pthread_mutex_lock(&gate);
    if (fails(OPEN)) return (int)leave_failed();
    int fd = real(directory, path, flags, mode);
    if (fd >= MAX_FD) abort();
    if (fd >= 0) {
        handles[fd] = ++last_handle;
        record(OPEN, handles[fd], flags, path, strlen(path));
    }
    return (int)leave(fd);
}

#define OPENER(name, directory, ...) \
    int name(__VA_ARGS__, int flags, ...) \
    { \
        REAL(int, "openat", int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(real, directory, path, flags, mode); \
    }

OPENER(open, AT_FDCWD, const char *path)
OPENER(open64, AT_FDCWD, const char *path)
OPENER(openat, directory, int directory, const char *path)
OPENER(openat64, directory, int directory, const char *path)

int close(int fd)
{
    REAL(int, "close", int);
    if (fd >= 0 && fd < MAX_FD) handles[fd] = 0;
    return real(fd);
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    if (!inside(path)) return real(path);
    pthread_mutex_lock(&gate);
    if (fails(UNLINK)) return (int)leave_failed();
    int result = real(path);
    if (result == 0) record(UNLINK, 0, 0, path, strlen(path));
    return (int)leave(result);
}

/* The caller holds the gate. */
static void record_rename(const char *from, const char *to)
{
    char names[8192];
    int length = snprintf(names, sizeof names, "%s%c%s", from, 0, to);
    record(RENAME, 0, 0, names, (size_t)length);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    if (!inside(from) && !inside(to)) return real(from, to);
    pthread_mutex_lock(&gate);
    if (fails(RENAME)) return (int)leave_failed();
    int result = real(from, to);
    if (result == 0) record_rename(from, to);
    return (int)leave(result);
}

/* The same of a renaming that replaces nothing, from and to whole paths. */
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    if (!inside(from) && !inside(to)) return real(from_directory, from, to_directory, to, flags);
    pthread_mutex_lock(&gate);
    if (fails(RENAME)) return (int)leave_failed();
    int result = real(from_directory, from, to_directory, to, flags);
    if (result == 0) record_rename(from, to);
    return (int)leave(result);
}

/* Contents. */

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    if (!enter(fd)) return real(fd, data, size, offset);
    return fails(READ) ? leave_failed() : leave(real(fd, data, size, offset));
}

ssize_t pread64(int fd, void *data, size_t size, off64_t offset) { return pread(fd, data, size, offset); }

ssize_t read(int fd, void *data, size_t size)
{
    REAL(ssize_t, "read", int, void *, size_t);
    if (!enter(fd)) return real(fd, data, size);
    return fails(READ) ? leave_failed() : leave(real(fd, data, size));
}

/* A short write stores a part, and says so; one of a single byte cannot be shorter. The caller holds the gate. */
static int shortened(size_t *size)
{
    if (!armed_short || hits > 1 || *size < 2) return 0;
    *size /= 2;
    return 1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    if (!enter(fd)) return real(fd, data, size, offset);
    if (fails(WRITE)) {
        if (!shortened(&size)) return leave_failed();
    }
    ssize_t written = real(fd, data, size, offset);
    if (written > 0) record(WRITE, handles[fd], offset, data, (size_t)written);
    return leave(written);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return pwrite(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!enter(fd)) return real(fd, data, size);
    if (fails(WRITE)) {
        if (!shortened(&size)) return leave_failed();
    }
    ssize_t written = real(fd, data, size);
    if (written > 0) record(WRITE, handles[fd], lseek(fd, 0, SEEK_CUR) - written, data, (size_t)written);
    return leave(written);
}

int ftruncate(int fd, off_t size)
{
    REAL(int, "ftruncate", int, off_t);
    if (!enter(fd)) return real(fd, size);
    if (fails(TRUNCATE)) return (int)leave_failed();
    int result = real(fd, size);
    if (result == 0) record(TRUNCATE, handles[fd], size, NULL, 0);
    return (int)leave(result);
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int synced(int (*real)(int), int fd)
{
    if (!enter(fd)) return real(fd);
    if (fails(SYNC)) return (int)leave_failed();
    if (drop_sync) return (int)leave(0);
    uint32_t handle = handles[fd];
    record(SYNC, handle, 0, NULL, 0);
    pthread_mutex_unlock(&gate);
    int result = real(fd), error = errno;
    pthread_mutex_lock(&gate);
    if (result == 0) record(SYNCED, handle, 0, NULL, 0);
    errno = error;
    return (int)leave(result);
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return synced(real, fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return synced(real, fd);
}
