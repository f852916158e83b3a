use crate::main_process::Standing;
use crate::role::Role;

/// Who gave a setting by which a process speaks for its container: the termination message, the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A flag: who gives it for this very command means it.
    ByFlag,
    /// A variable, which `kubectl exec` and handlers inherit.
    ByVariable,
    /// Nobody: it is what every container has.
    ByDefault,
}

impl Named {
    /// Whether the setting is for this process, as a command of that role.
    pub(crate) fn is_for(self, role: Role) -> bool {
        match (self, role) {
            (Named::ByFlag, _) => true,
            (_, Role::Inquiry) => false,
            (Named::ByVariable, Role::Job) => Standing::of_this_process() != Standing::Guest,
            (Named::ByDefault, Role::Job) => Standing::of_this_process() == Standing::Main,
        }
    }
}
