//! Processes that a worker starts, or inherits as PID 1.
//!
//! A program of the user's runs in a process group of its own, so that all of it can be ended. A
//! [`BlockingChild`] is waited for by a thread, an [`AsyncChild`] on the worker's runtime. What the
//! program reads, says and means by its exit status belongs to the worker, not here.

mod async_child;
mod blocking_child;
mod ending;
mod guardian;
mod process_group;
mod search_path;
mod start_failure;

pub(crate) mod orphans;
pub(crate) mod own_child;
mod piped;

pub use async_child::AsyncChild;
pub use blocking_child::BlockingChild;
pub use ending::what_it_means;
pub use guardian::{GUARD_CHILDREN, Guardian, guard_children};
pub use own_child::OwnChild;
pub use process_group::ProcessGroup;
pub use search_path::{find_program, on_path};
pub use start_failure::{Shortage, exit_for_start, why_not_started};
