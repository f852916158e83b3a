//! Whether a setting that concerns the whole container (termination message, metrics) is meant for
//! this process.

use crate::lifecycle::main_process::Standing;
use crate::lifecycle::role::Role;

/// How a setting was given by which a process speaks for its whole container: the termination
/// message, the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// By flag: whoever gives it with this command means this command.
    Flag,
    /// By variable, which `kubectl exec` and handlers inherit.
    Variable,
    /// Not at all: it is the default that every container has.
    Default,
}

impl Named {
    /// Whether the setting is for this process, as a command of that role.
    pub(crate) fn is_for(self, role: Role) -> bool {
        match (self, role) {
            (Named::Flag, _) => true,
            (_, Role::Inquiry) => false,
            (Named::Variable, Role::Job) => Standing::of_this_process() != Standing::Guest,
            (Named::Default, Role::Job) => Standing::of_this_process() == Standing::Main,
        }
    }
}
