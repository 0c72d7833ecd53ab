/* Records everything that a process does to the database DISK_RECORD_WATCHES and its log, in the order in which it
 * happens, into the file DISK_RECORD. Loaded before all else (LD_PRELOAD); compiled by power_cuts.
 *
 * A record is a head and its bytes. What is done to the disk and its record are one step under one lock, so that the
 * order of the records is the order of the disk. The shared memory (-shm) is mapped, not written, and does not count:
 * SQLite makes it anew after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, MADE, WRITTEN, TRUNCATED, SYNCED, FOLDER_SYNCED, UNLINKED, RENAMED, NOTED };

struct head {
    uint32_t kind, file;
    int64_t offset, length;
};

#define FILES 4096 /* descriptors that can be watched */
#define NAMES 64   /* names that are in use at once */
#define LONGEST 1024
#define FOLDER UINT32_MAX

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *watched;
static char folder[LONGEST];
static int record = -1;
static uint32_t file_of[FILES]; /* by descriptor: 0 is nobody's */
static struct {
    char name[LONGEST];
    uint32_t file;
} names[NAMES];
static uint32_t last_file;

#define REAL(type, name, ...) \
    static type (*real_##name)(__VA_ARGS__); \
    if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

static void note(uint32_t kind, uint32_t file, int64_t offset, const void *bytes, size_t length)
{
    REAL(ssize_t, writev, int, const struct iovec *, int);
    struct head head = {kind, file, offset, (int64_t)length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
    if (record >= 0 && real_writev(record, parts, 2) != (ssize_t)(sizeof head + length))
        abort(); /* a record with a hole would prove nothing */
}

__attribute__((constructor)) static void begin(void)
{
    REAL(int, open, const char *, int, ...);
    const char *path = getenv("DISK_RECORD");
    watched = getenv("DISK_RECORD_WATCHES");
    if (!path || !watched || strlen(watched) >= LONGEST) return;
    strcpy(folder, watched);
    char *end = strrchr(folder, '/');
    if (end) *end = 0;
    record = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record < 0) abort();
}

/* A sentence of the program's own among the records: an order was acknowledged. */
__attribute__((visibility("default"))) void disk_note(const char *words)
{
    pthread_mutex_lock(&lock);
    note(NOTED, 0, 0, words, strlen(words));
    pthread_mutex_unlock(&lock);
}

static int is_watched(const char *path)
{
    size_t length = watched ? strlen(watched) : 0;
    if (record < 0 || !path || strncmp(path, watched, length) != 0) return 0;
    return !path[length] || strcmp(path + length, "-wal") == 0 || strcmp(path + length, "-journal") == 0;
}

static uint32_t *named(const char *path)
{
    for (int i = 0; i < NAMES; i++)
        if (names[i].file && strcmp(names[i].name, path) == 0) return &names[i].file;
    return NULL;
}

static uint32_t name_it(const char *path)
{
    for (int i = 0; i < NAMES; i++)
        if (!names[i].file) {
            strncpy(names[i].name, path, LONGEST - 1);
            return names[i].file = ++last_file;
        }
    abort();
}

static void opened(int fd, const char *path, int is_new)
{
    if (fd < 0 || fd >= FILES) return;
    if (strcmp(path, folder) == 0) {
        file_of[fd] = FOLDER;
        return;
    }
    uint32_t *known = named(path);
    if (is_new && known) *known = 0, known = NULL;
    uint32_t file = known ? *known : name_it(path);
    file_of[fd] = file;
    if (!known) note(is_new ? MADE : OPENED, file, 0, path, strlen(path));
}

static int opening(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    if (record < 0 || !path || (!is_watched(path) && strcmp(path, folder) != 0)) return real(path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat found;
    int is_new = (flags & O_CREAT) && stat(path, &found) != 0;
    int fd = real(path, flags, mode);
    opened(fd, path, is_new);
    if (fd >= 0 && (flags & O_TRUNC) && !is_new) note(TRUNCATED, file_of[fd], 0, "", 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define AN_OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(int, name, const char *, int, ...); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return opening(real_##name, path, flags, mode); \
    }
AN_OPEN(open)
AN_OPEN(open64)

int close(int fd)
{
    REAL(int, close, int);
    if (fd < 0 || fd >= FILES || !file_of[fd]) return real_close(fd);
    pthread_mutex_lock(&lock);
    file_of[fd] = 0;
    int done = real_close(fd);
    pthread_mutex_unlock(&lock);
    return done;
}

static uint32_t file_at(int fd) { return fd >= 0 && fd < FILES ? file_of[fd] : 0; }

ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(ssize_t, write, int, const void *, size_t);
    uint32_t file = file_at(fd);
    if (!file) return real_write(fd, bytes, length);
    pthread_mutex_lock(&lock);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = real_write(fd, bytes, length);
    if (done > 0) note(WRITTEN, file, at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

#define A_PWRITE(name) \
    ssize_t name(int fd, const void *bytes, size_t length, off_t at) \
    { \
        REAL(ssize_t, name, int, const void *, size_t, off_t); \
        uint32_t file = file_at(fd); \
        if (!file) return real_##name(fd, bytes, length, at); \
        pthread_mutex_lock(&lock); \
        ssize_t done = real_##name(fd, bytes, length, at); \
        if (done > 0) note(WRITTEN, file, at, bytes, (size_t)done); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }
A_PWRITE(pwrite)
A_PWRITE(pwrite64)

#define A_TRUNCATE(name) \
    int name(int fd, off_t length) \
    { \
        REAL(int, name, int, off_t); \
        uint32_t file = file_at(fd); \
        if (!file) return real_##name(fd, length); \
        pthread_mutex_lock(&lock); \
        int done = real_##name(fd, length); \
        if (done == 0) note(TRUNCATED, file, length, "", 0); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }
A_TRUNCATE(ftruncate)
A_TRUNCATE(ftruncate64)

#define A_SYNC(name) \
    int name(int fd) \
    { \
        REAL(int, name, int); \
        uint32_t file = file_at(fd); \
        if (!file) return real_##name(fd); \
        pthread_mutex_lock(&lock); \
        int done = real_##name(fd); \
        if (done == 0) note(file == FOLDER ? FOLDER_SYNCED : SYNCED, file, 0, "", 0); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }
A_SYNC(fsync)
A_SYNC(fdatasync)

int unlink(const char *path)
{
    REAL(int, unlink, const char *);
    if (!is_watched(path)) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int done = real_unlink(path);
    uint32_t *known = named(path);
    if (done == 0) {
        note(UNLINKED, known ? *known : 0, 0, path, strlen(path));
        if (known) *known = 0;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

/* What SQLite does not do to its files today is not rebuilt by power_cuts: a record of it ends the campaign loudly. */
int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *);
    if (!is_watched(from) && !is_watched(to)) return real_rename(from, to);
    pthread_mutex_lock(&lock);
    int done = real_rename(from, to);
    if (done == 0) note(RENAMED, 0, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
