//! Cleaning up even when the test process is killed.
//!
//! A small shell stands beside the test process, in a process group of its own, and reads from a pipe. When the
//! pipe ends, because its holder is gone in whatever way, it kills and removes what it has been told of.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

const SCRIPT: &str = r#"
pids=; dir=
while read -r what value; do
    case $what in
        pid) pids=$value ;;
        also) pids="$pids $value" ;;
        dir) dir=$value ;;
    esac
done
if [ -n "$pids" ]; then
    kill -9 $pids
    # A cluster's children go on for a moment and would write into the folder that is removed.
    sleep 0.2
fi
[ -n "$dir" ] && rm -rf -- "$dir"
"#;

/// The shell, and the pipe that keeps it waiting.
#[derive(Debug)]
pub struct Reaper {
    pipe: Mutex<Option<ChildStdin>>,
    shell: Mutex<Child>,
}

impl Reaper {
    /// Starts one that will remove `folder`, where one is given.
    ///
    /// # Panics
    /// When no shell can be started.
    #[must_use]
    pub fn of(folder: Option<&Path>) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh starts");
        let reaper = Self { pipe: Mutex::new(shell.stdin.take()), shell: Mutex::new(shell) };
        if let Some(folder) = folder {
            reaper.tell(&format!("dir {}", folder.display()));
        }
        reaper
    }

    /// Which process to kill at the end; none once it has ended by itself.
    pub fn watch(&self, pid: Option<u32>) {
        self.tell(&pid.map_or_else(|| "pid".to_owned(), |pid| format!("pid {pid}")));
    }

    /// One more beside it: a child that would not notice its end.
    pub fn watch_also(&self, pid: u32) {
        self.tell(&format!("also {pid}"));
    }

    fn tell(&self, line: &str) {
        if let Some(pipe) = self.pipe.lock().expect("the pipe").as_mut() {
            writeln!(pipe, "{line}").expect("the reaper listens");
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Ok(mut pipe) = self.pipe.lock() {
            drop(pipe.take());
        }
        if let Ok(mut shell) = self.shell.lock() {
            // Nothing to tell anybody where it fails: the folder is in the temporary one anyway.
            let _ = shell.wait();
        }
    }
}
