//! How much of everything.

/// The size of a run: `FAULTS=full` in the environment makes the long one.
#[derive(Clone, Copy, Debug)]
pub struct Size(bool);

impl Size {
    pub fn of_this_run() -> Size {
        Size(std::env::var_os("FAULTS").is_some_and(|size| size == "full"))
    }

    /// The first number in a short run, the second in a full one.
    pub fn pick(self, short: usize, full: usize) -> usize {
        if self.0 { full } else { short }
    }
}
