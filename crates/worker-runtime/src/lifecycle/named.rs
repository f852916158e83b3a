//! Whether a setting that speaks for the container is meant for this process.

use crate::lifecycle::main_process::Standing;
use crate::lifecycle::role::Role;

/// Who gave a setting by which a process speaks for its container: the termination message, the
/// metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A flag: who gives it for this very command means it.
    Flag,
    /// A variable, which `kubectl exec` and handlers inherit.
    Variable,
    /// Nobody: it is what every container has.
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
