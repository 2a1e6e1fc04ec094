/* A disk that lies, for one program: put before the C library by LD_PRELOAD.
 *
 * It keeps a second copy of each file in SHIM_FOLDER, in SHIM_DISK: what the platter would hold after a power cut. A
 * write reaches only the file, as it would the page cache; a sync that succeeds carries what was written since the last one
 * over to the copy. A sync that fails forgets it, as Linux does: the file goes on showing it, and no later sync brings it
 * to the disk.
 *
 * Faults are switched on by files in SHIM_SWITCHES, whose content is a part of the names of the files they are for:
 * "sync" (syncing fails, EIO), "write" (writing fails, EIO), "full" (growing fails, ENOSPC).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 256

struct range { off_t from, length; };

struct file {
    char path[PATH_MAX];
    struct range *dirty;
    size_t count, room;
    off_t cut; /* the smallest size it was cut to since the last sync; -1: it was not */
};

static struct file files[FILES];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The path behind a descriptor, if it is one of ours; the memory that two processes share is no file to anybody. */
static int ours(int fd, char path[PATH_MAX]) {
    const char *folder = getenv("SHIM_FOLDER");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = folder ? readlink(link, path, PATH_MAX - 1) : -1;
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0 && path[strlen(folder)] == '/';
}

static int is_shared_memory(const char *path) {
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, "-shm") == 0;
}

static int switched_on(const char *fault, const char *path) {
    char name[PATH_MAX], part[128];
    const char *switches = getenv("SHIM_SWITCHES");
    if (!switches) return 0;
    snprintf(name, sizeof name, "%s/%s", switches, fault);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t length = read(fd, part, sizeof part - 1);
    close(fd);
    part[length < 0 ? 0 : length] = 0;
    return strstr(strrchr(path, '/'), part) != NULL;
}

static struct file *entry(const char *path) {
    struct file *free_one = NULL;
    for (int i = 0; i < FILES; i++) {
        if (strcmp(files[i].path, path) == 0) return &files[i];
        if (!free_one && !files[i].path[0]) free_one = &files[i];
    }
    if (!free_one) abort();
    strcpy(free_one->path, path);
    free_one->cut = -1;
    return free_one;
}

static void clean(struct file *file) {
    file->count = 0;
    file->cut = -1;
}

static void copy_path(const char *path, char copy[PATH_MAX]) {
    snprintf(copy, PATH_MAX, "%s%s", getenv("SHIM_DISK"), strrchr(path, '/'));
}

static void note_write(const char *path, off_t from, ssize_t length) {
    if (length <= 0 || is_shared_memory(path)) return;
    pthread_mutex_lock(&turn);
    struct file *file = entry(path);
    if (file->count == file->room) {
        file->room = file->room ? 2 * file->room : 64;
        file->dirty = realloc(file->dirty, file->room * sizeof *file->dirty);
        if (!file->dirty) abort();
    }
    file->dirty[file->count++] = (struct range){from, length};
    pthread_mutex_unlock(&turn);
}

/* What the file shows where it is dirty goes into the copy. */
static void carry_over(int fd, const char *path) {
    char copy[PATH_MAX], *buffer = NULL;
    copy_path(path, copy);
    struct file *file = entry(path);
    int out = open(copy, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (out < 0) abort();
    if (file->cut >= 0 && REAL(ftruncate)(out, file->cut) != 0) abort();
    for (size_t i = 0; i < file->count; i++) {
        struct range range = file->dirty[i];
        buffer = realloc(buffer, range.length);
        if (!buffer) abort();
        ssize_t got = pread(fd, buffer, range.length, range.from);
        if (got > 0 && REAL(pwrite)(out, buffer, got, range.from) != got) abort();
    }
    free(buffer);
    close(out);
    clean(file);
}

static int synced(int fd, int real) {
    char path[PATH_MAX];
    int before = errno;
    if (!ours(fd, path)) { errno = before; return real; }
    struct stat stat;
    if (fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode)) return real;
    pthread_mutex_lock(&turn);
    int fails = switched_on("sync", path);
    if (fails || real != 0) clean(entry(path));
    else carry_over(fd, path);
    pthread_mutex_unlock(&turn);
    errno = fails ? EIO : before;
    return fails ? -1 : real;
}

/* Whether writing so much there fails; errno says why. */
static int refused(const char *path, int fd, off_t end) {
    struct stat stat;
    if (switched_on("write", path)) { errno = EIO; return 1; }
    if (fstat(fd, &stat) == 0 && end > stat.st_size && switched_on("full", path)) { errno = ENOSPC; return 1; }
    return 0;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    char path[PATH_MAX];
    int mine = ours(fd, path);
    if (mine && refused(path, fd, at + (off_t)length)) return -1;
    ssize_t done = REAL(pwrite64)(fd, data, length, at);
    if (mine) note_write(path, at, done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return pwrite64(fd, data, length, at); }

ssize_t write(int fd, const void *data, size_t length) {
    char path[PATH_MAX];
    int mine = ours(fd, path);
    off_t at = mine ? lseek(fd, 0, SEEK_CUR) : 0;
    if (mine && refused(path, fd, at + (off_t)length)) return -1;
    ssize_t done = REAL(write)(fd, data, length);
    if (mine) note_write(path, at, done);
    return done;
}

int ftruncate64(int fd, off64_t size) {
    char path[PATH_MAX];
    int done = REAL(ftruncate64)(fd, size);
    if (done == 0 && ours(fd, path) && !is_shared_memory(path)) {
        pthread_mutex_lock(&turn);
        struct file *file = entry(path);
        if (file->cut < 0 || size < file->cut) file->cut = size;
        pthread_mutex_unlock(&turn);
    }
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) { return synced(fd, REAL(fsync)(fd)); }

int fdatasync(int fd) { return synced(fd, REAL(fdatasync)(fd)); }

int unlink(const char *path) {
    const char *folder = getenv("SHIM_FOLDER");
    int done = REAL(unlink)(path);
    if (done == 0 && folder && strncmp(path, folder, strlen(folder)) == 0 && !is_shared_memory(path)) {
        char copy[PATH_MAX];
        copy_path(path, copy);
        pthread_mutex_lock(&turn);
        clean(entry(path));
        REAL(unlink)(copy);
        pthread_mutex_unlock(&turn);
    }
    return done;
}
