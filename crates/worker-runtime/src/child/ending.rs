//! What a program's exit status mostly means, where somebody may wonder. The sentence around it is
//! the worker's.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

/// What the status mostly means; `None` where only the program's own author knows.
///
/// Signal 9 comes from the kernel at the memory limit. The kubelet sends it as well, at the end of
/// a grace period, but to the worker too, which then tells nothing.
pub fn what_it_means(status: ExitStatus) -> Option<&'static str> {
    match (status.code(), status.signal()) {
        (Some(126), _) => Some("a shell says so of a command that may not be executed"),
        (Some(127), _) => Some("a shell says so of a command that it does not find"),
        (Some(143), _) => Some("a shell says so of a program ended by SIGTERM"),
        (Some(137), _) => Some(
            "a shell says so of a program killed by signal 9, in a pod mostly for want of memory: \
             see limits.memory",
        ),
        (None, Some(9)) => Some("in a pod mostly for want of memory: see limits.memory"),
        _ => None,
    }
}
