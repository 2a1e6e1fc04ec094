//! This process, as the operating system sees it.

use rustix::fs::statvfs;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;

/// The kernel counts processor time in hundredths of a second, whatever it counts in itself.
const TICK_MICROS: u64 = 10_000;

/// Resident memory in bytes, where the system tells (Linux).
pub(crate) fn resident_bytes() -> Option<u64> {
    let kib: u64 = status("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Threads, where the system tells (Linux).
pub(crate) fn threads() -> Option<u64> {
    status("Threads:")?.parse().ok()
}

fn status(name: &str) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
}

/// Processor time so far, microseconds, where the system tells (Linux).
pub(crate) fn cpu_micros() -> Option<u64> {
    processor_time(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time in the kernel's line about a process; its name may hold anything, parentheses too.
fn processor_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    user.checked_add(system)?.checked_mul(TICK_MICROS)
}

/// Free and total bytes of the disk that a folder lies on; none where there is no such folder.
pub(crate) fn disk(folder: &Path) -> Option<(u64, u64)> {
    let disk = statvfs(folder).ok()?;
    Some((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

/// Open files, where the system tells (Linux).
pub(crate) fn open_files() -> Option<u64> {
    std::fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64)
}

/// How many files this process may have open, where there is a limit.
pub(crate) fn open_file_limit() -> Option<usize> {
    getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok())
}

/// Asks for all the files that this process may have. The limit that it is started with is low out of regard for old
/// programs that cannot deal with many; this one can.
pub(crate) fn raise_open_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_all_that_may_be_had() {
        raise_open_file_limit();
        assert_eq!(getrlimit(Resource::Nofile).current, getrlimit(Resource::Nofile).maximum);
        assert!(open_file_limit().is_none_or(|files| files > 2));
    }

    #[test]
    fn processor_time_is_users_and_systems() {
        let stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 100 0 0 0 123 77 5 6 20 0 9 0 1000 1 2";
        assert_eq!(processor_time(stat), Some(2_000_000));
        assert_eq!(processor_time("42 (cut"), None);
    }

    #[test]
    fn this_process_has_memory_and_files() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
        assert!(disk(Path::new("/")).is_some_and(|(free, size)| free <= size && size > 0));
        assert_eq!(disk(Path::new("/no/such/folder")), None);
        assert!(open_files().is_some_and(|files| files > 2));
        assert!(threads().is_some_and(|threads| threads > 0) && cpu_micros().is_some());
    }
}
