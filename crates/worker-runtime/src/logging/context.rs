//! What every log line says of the process: worker, index, pod.

use std::sync::OnceLock;

use crate::identity::resolve::UncountedIdentity;

/// A worker's name and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The binary's name, such as `partition-worker`.
    pub name: &'static str,
    /// Its version, usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
}

/// What every log line and the termination message say of the process. All threads share it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) about: About,
    /// The pod's name, or the host's.
    pub(crate) pod: String,
    identity: OnceLock<UncountedIdentity>,
}

impl Context {
    /// `pod` where it was given, else the host's name.
    pub(crate) fn new(about: About, pod: Option<String>) -> Context {
        let pod = pod
            .filter(|pod| !pod.is_empty())
            .unwrap_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned());
        Context { about, pod, identity: OnceLock::new() }
    }

    /// The first identity stays.
    pub(crate) fn assume(&self, identity: UncountedIdentity) {
        let _ = self.identity.set(identity);
    }

    pub(crate) fn identity(&self) -> Option<&UncountedIdentity> {
        self.identity.get()
    }

    pub(crate) fn index(&self) -> Option<u32> {
        self.identity().map(|identity| identity.index)
    }
}
